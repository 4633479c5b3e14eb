import type { World } from '../src/handlers.js';

/** A world that notes what is done to it, and whose bank can be closed. */
export class FakeWorld implements World {
  charged: string[] = [];
  shipped: string[] = [];
  mails: string[] = [];
  isBankOpen = true;

  async charge(order: string, cents: number): Promise<string> {
    if (!this.isBankOpen) throw new Error('the bank is closed');
    this.charged.push(`${order} ${cents}`);
    return `receipt of ${order}`;
  }

  async ship(order: string): Promise<void> {
    if (!this.shipped.includes(order)) this.shipped.push(order);
  }

  async mail(customer: string, text: string): Promise<void> {
    this.mails.push(`${customer}: ${text}`);
  }

  async countStock(): Promise<number> {
    return 42;
  }
}
