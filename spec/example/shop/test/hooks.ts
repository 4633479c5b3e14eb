import { apiaryChai } from 'apiary-jobs/testing';
import { apiaryHooks } from 'apiary-jobs/testing/mocha';
import { use } from 'chai';

use(apiaryChai);

export const mochaHooks = apiaryHooks({ failOnLeftovers: true });
