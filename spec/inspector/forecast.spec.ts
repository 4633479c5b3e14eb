import { expect } from 'chai';
import { forecastOf, forecastText } from '../../lib/inspector/forecast.ts';

describe('a forecast of a queue', () => {
  it('says when it is empty where more ends than comes', () => {
    const forecast = forecastOf(1_200, { inPerMin: 50, outPerMin: 150 });

    expect(forecast).to.deep.equal({ kind: 'drains', emptyInMs: 12 * 60_000 });
    expect(forecast && forecastText(forecast)).to.equal('empty in 12 min');
  });

  it('says by how much it grows where more comes than ends, also while nothing waits yet', () => {
    expect(forecastOf(10, { inPerMin: 100, outPerMin: 60 })).to.deep.equal({ kind: 'grows', perMin: 40 });
    expect(forecastOf(0, { inPerMin: 100, outPerMin: 60 })).to.deep.equal({ kind: 'grows', perMin: 40 });
    expect(forecastText({ kind: 'grows', perMin: 1_040.4 })).to.equal('grows by 1,040 a minute');
  });

  it('takes less than one a minute for no change, and says nothing', () => {
    expect(forecastOf(10, { inPerMin: 60.5, outPerMin: 60 })).to.equal(null);
    expect(forecastOf(10, { inPerMin: 60, outPerMin: 60.9 })).to.equal(null);
    expect(forecastOf(10, { inPerMin: 0, outPerMin: 0 })).to.equal(null);
  });

  it('says nothing where nothing waits, or nobody knows the rates', () => {
    expect(forecastOf(0, { inPerMin: 60, outPerMin: 60 })).to.equal(null);
    expect(forecastOf(0, { inPerMin: 0, outPerMin: 20 })).to.equal(null);
    expect(forecastOf(10, { inPerMin: null, outPerMin: null })).to.equal(null);
  });
});
