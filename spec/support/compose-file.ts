import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { interpolate } from './interpolate.ts';

/** The environment of a service: a mapping, or a list of `NAME=value`, in which Compose takes no item twice. */
export const environmentSchema = z.union([
  z.record(z.string(), z.string().nullable()),
  z
    .array(z.string())
    .refine((items) => new Set(items).size === items.length)
    .transform((items) => Object.fromEntries(items.map(split))),
]);

/** Reads compose.yaml as Compose does where these variables are set. */
export function readCompose(env: Readonly<Record<string, string>> = {}): unknown {
  const text = readFileSync(new URL('../../compose/compose.yaml', import.meta.url), 'utf8');
  return parse(interpolate(text, env), { merge: true });
}

function split(item: string): [string, string] {
  const at = item.indexOf('=');
  return [item.slice(0, at), item.slice(at + 1)];
}
