import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler } from 'express';
import { allowCaching } from '../security-headers.ts';

const FOLDER = fileURLToPath(new URL('assets/', import.meta.url));

/** The stylesheets of our pages, in the order in which later ones go before earlier ones. */
export const STYLESHEETS = [
  'frame.css',
  'content.css',
  'controls.css',
  'graph.css',
  'times.css',
  'lanes.css',
] as const;

/** Their scripts, in the order in which they run. */
export const SCRIPTS = ['zone.js', 'refresh.js'] as const;

/** Serves the stylesheets and the scripts of our pages, to be kept by browsers for an hour. */
export function serveAssets(): RequestHandler {
  return express.static(FOLDER, { index: false, redirect: false, setHeaders: allowCaching });
}

/** The address of an asset. It changes with what is in it, so that no page meets that of another version. */
export function assetAddress(name: Asset): string {
  return ADDRESSES.get(name) ?? '';
}

type Asset = (typeof STYLESHEETS)[number] | (typeof SCRIPTS)[number];

const ADDRESSES = new Map<Asset, string>([...STYLESHEETS, ...SCRIPTS].map((name) => [name, addressOf(name)]));

function addressOf(name: string): string {
  const mark = createHash('sha256')
    .update(readFileSync(FOLDER + name))
    .digest('base64url')
    .slice(0, 12);
  return `/assets/${name}?v=${mark}`;
}
