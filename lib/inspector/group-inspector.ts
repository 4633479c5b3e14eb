import {
  countGroups,
  countMembers,
  type GroupSnapshot,
  readGroup,
  readGroups,
  readMembers,
} from '../engine/groups/group-queries.ts';
import { emptyGroup, fireGroup, type GroupDeps, groupKey } from '../engine/groups/groups.ts';
import { requireWhole } from '../field-checks.ts';
import { requireNamed, requireObject } from '../require-given.ts';
import { toJobInfo } from './job-info.ts';
import type { JobPage } from './job-page.ts';
import { MOST_PER_PAGE, readStart } from './page-start.ts';

/** Which group of a queue: those of two types are two groups, also under one name. */
export interface GroupAddress {
  type: string;
  name: string;
}

/** A group as the inspector shows it; times are epoch ms. */
export interface GroupInfo extends GroupSnapshot {
  queue: string;
}

/** A page of groups, and the cursor of the next one; null at the end. */
export interface GroupPage {
  groups: GroupInfo[];
  cursor: string | null;
}

/** Which part of a list is wanted. */
export interface PageQuery {
  /** As a page gave it; default the first page. */
  cursor?: string | null;
  /** 1 to 1,000; default 100. */
  limit?: number;
}

/** Looks at the groups in which jobs wait; `inspector.groups`. */
export class GroupInspector {
  readonly #room: (queue: string) => GroupDeps;

  constructor(room: (queue: string) => GroupDeps) {
    this.#room = room;
  }

  /**
   * Reads a page of the groups of a queue, those that are due first first. Throws JOB_INVALID for a page that cannot
   * be.
   */
  async list(queue: string, query: PageQuery = {}): Promise<GroupPage> {
    const page = toPage(query);
    const room = this.#room(queue);
    const [groups, total] = await Promise.all([readGroups(room, page), countGroups(room)]);
    return { groups: groups.map((one) => ({ queue, ...one })), cursor: cursorAfter(page, total) };
  }

  /** Reads one group; null when nothing waits in it. */
  async get(queue: string, address: GroupAddress): Promise<GroupInfo | null> {
    const group = await readGroup(this.#room(queue), keyOf(address));
    return group && { queue, ...group };
  }

  /** Reads a page of the jobs that wait in a group, in the order in which they join it. */
  async jobs(queue: string, address: GroupAddress, query: PageQuery = {}): Promise<JobPage> {
    const page = toPage(query);
    const room = this.#room(queue);
    const group = keyOf(address);
    const [members, total] = await Promise.all([readMembers(room, group, page), countMembers(room, group)]);
    return { jobs: members.map((job) => toJobInfo(queue, job)), cursor: cursorAfter(page, total) };
  }

  /** Hands over what has joined a group at once; jobs of it that are delayed stay. Resolves with how many it were. */
  async fire(queue: string, address: GroupAddress): Promise<number> {
    return (await fireGroup(this.#room(queue), keyOf(address))).jobs;
  }

  /** Removes all jobs that wait in a group, delayed ones too; resolves with how many. One can be removed as any job. */
  remove(queue: string, address: GroupAddress): Promise<number> {
    return emptyGroup(this.#room(queue), keyOf(address));
  }
}

function keyOf(address: GroupAddress): string {
  const { type, name } = requireObject('groups', 'type and name', address);
  return groupKey(type, name);
}

function toPage(query: PageQuery): { start: number; size: number } {
  const { cursor = null, limit = 100 } = requireNamed('groups', ['cursor', 'limit'], query);
  const start = readStart(cursor);
  requireWhole('limit', limit, { least: 1, most: MOST_PER_PAGE });
  return { start, size: limit };
}

function cursorAfter({ start, size }: { start: number; size: number }, total: number): string | null {
  return start + size < total ? String(start + size) : null;
}
