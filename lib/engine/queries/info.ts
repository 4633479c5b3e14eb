export { readInfo } from '../../redis/info.ts';
