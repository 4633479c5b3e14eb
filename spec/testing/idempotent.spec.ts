import { AssertionError } from 'node:assert';
import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, type HandlerFunction, handle } from '../../lib/index.ts';
import { checkIdempotent } from '../../lib/testing/index.ts';
import { rejection } from '../support/refusal.ts';

describe('checkIdempotent', () => {
  const Charge = defineJob({ type: 'charge', schema: z.object({ order: z.string() }) });
  let charged: string[];
  let mails: string[];
  const seen = {
    observe: () => ({ charged, mails }),
    reset: () => {
      charged = [];
      mails = [];
    },
  };
  const check = (run: HandlerFunction<{ order: string }>) =>
    checkIdempotent(handle(Charge, run), { order: 'a' }, seen);
  const difference = async (run: HandlerFunction<{ order: string }>): Promise<AssertionError> => {
    try {
      await check(run);
    } catch (error) {
      if (error instanceof AssertionError) return error;
      throw error;
    }
    throw new Error('it found no difference');
  };

  it('lets a handler pass that keeps its effects by ctx.once', async () => {
    await check(async ({ order }, ctx) => {
      await ctx.once('charge', () => void charged.push(order));
      await ctx.progress(50);
      await ctx.once('mail', () => void mails.push(order));
    });
  });

  it('lets a handler pass whose effects are the same when they are repeated', async () => {
    await check(async ({ order }, ctx) => {
      if (!charged.includes(order)) charged.push(order);
      await ctx.progress(100);
    });
  });

  it('finds what is repeated by a second run', async () => {
    const found = await difference(({ order }) => void charged.push(order));

    expect(found.message).to.include('the handler of charge, run twice, leaves another state');
    expect(found).to.deep.include({
      actual: { charged: ['a', 'a'], mails: [] },
      expected: { charged: ['a'], mails: [] },
    });
  });

  it('finds what a worker that dies in between lets happen twice, and names the call', async () => {
    const found = await difference(async ({ order }, ctx) => {
      const isDone = mails.includes(order);
      if (!isDone) charged.push(order);
      await ctx.progress(50);
      if (!isDone) mails.push(order);
    });

    expect(found.message).to.include('run cut off before ctx.progress, and again');
  });

  it('cuts off after a call too: what was done once is known then', async () => {
    const found = await difference(async ({ order }, ctx) => {
      const isFirst = await ctx.once('charge', () => charged.push(order) > 0);
      if (mails.length === 0 && isFirst) mails.push(`${charged.length} ${order}`);
      await ctx.fencingNumber();
      if (mails.length < 2) mails.push('told');
      else mails.push('told late');
    });

    expect(found.message).to.match(/run twice/);
  });

  it('says that a handler has to succeed first', async () => {
    const refused = await rejection(
      check(() => {
        throw new Error('broken');
      }),
    );

    expect(refused.message).to.include('the handler of charge has to succeed').and.include('broken');
  });
});
