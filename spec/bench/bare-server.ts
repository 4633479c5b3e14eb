import type { AddressInfo } from 'node:net';
import express from 'express';
import { Redis } from 'ioredis';

// What an API costs at least: a route of Express that parses the same body and does one command of Redis.
const redis = new Redis(Number(process.argv[2]));
const app = express();
app.use(express.json({ limit: '16mb' }));
app.post('/v1/jobs', async (request, response) => {
  const length = await redis.lpush('bare', JSON.stringify(request.body));
  response.status(201).json({ length });
});
const server = app.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.once('disconnect', () => process.exit());
