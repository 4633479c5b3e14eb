import { expect } from 'chai';
import { hasField } from '../../../lib/engine/record/data-field.ts';

const DATA: unknown = JSON.parse(`{
  "customer": { "name": "Ada", "vip": true, "address": { "city": "Bern" }, "0": "zero" },
  "items": [{ "sku": "a-1" }, { "sku": "b-2" }],
  "count": 3, "price": 1.50, "note": null, "empty": "", "12": "twelve",
  "a.b": "dotted", "nested": { "__proto__": { "admin": "yes" } }
}`);

describe('a field of data', () => {
  for (const [path, value] of [
    ['customer.name', 'Ada'],
    ['customer.address.city', 'Bern'],
    ['customer.vip', 'true'],
    ['customer.0', 'zero'],
    ['items.0.sku', 'a-1'],
    ['items.1.sku', 'b-2'],
    ['count', '3'],
    ['price', '1.5'],
    ['note', 'null'],
    ['empty', ''],
    ['12', 'twelve'],
  ] as const) {
    it(`is ${path} = ${JSON.stringify(value)}`, () => {
      expect(hasField(DATA, { path, value })).to.equal(true);
    });
  }

  for (const [path, value] of [
    ['customer.name', 'ada'],
    ['customer.name', 'Ad'],
    ['count', '3.0'],
    ['count', ' 3'],
    ['price', '1.50'],
    ['customer', '[object Object]'],
    ['customer', '{}'],
    ['items', '[]'],
    ['items.length', '2'],
    ['items.00.sku', 'a-1'],
    ['items.-1.sku', 'b-2'],
    ['items.2.sku', 'undefined'],
    ['customer.name.length', '3'],
    ['customer.name.0', 'A'],
    ['missing', 'undefined'],
    ['missing.deeper', 'null'],
    ['a.b', 'dotted'],
    ['constructor.name', 'Object'],
    ['items.constructor.name', 'Array'],
    ['toString.name', 'toString'],
    ['__proto__', 'null'],
    ['__proto__.constructor.name', 'Object'],
    ['nested.__proto__.admin', 'yes'],
  ] as const) {
    it(`is not ${path} = ${JSON.stringify(value)}`, () => {
      expect(hasField(DATA, { path, value })).to.equal(false);
    });
  }

  for (const data of [null, 3, 'text', true]) {
    it(`is nowhere in ${JSON.stringify(data)}`, () => {
      expect(hasField(data, { path: 'length', value: '4' })).to.equal(false);
      expect(hasField(data, { path: '0', value: 't' })).to.equal(false);
    });
  }
});
