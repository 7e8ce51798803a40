import { expect, test } from 'vitest';
import { suspectsCsv } from '../src/index.ts';

test('is by falling score, at full precision, with empty fields where the truth or the place is unknown', () => {
  const images = [
    { name: 'good/000', score: 0.1 + 0.2, kept: true, contaminated: false },
    { name: 'hole/000', score: 9, kept: false, contaminated: true, place: { x: 0, y: 31 } },
    { name: 'good/000', score: 1e-7, kept: true },
  ];
  expect(suspectsCsv({ images })).toBe(
    'rank,image,score,kept,contaminated,x,y\r\n1,hole/000,9,false,true,0,31\r\n2,good/000,0.30000000000000004,true,false,,\r\n3,good/000,1e-7,true,,,\r\n',
  );
});

test('quotes a name that holds a comma', () => {
  expect(suspectsCsv({ images: [{ name: 'a, "b"', score: 1, kept: true }] })).toContain('\r\n1,"a, ""b""",1,true,,,\r\n');
});

test('without images it is the heading alone', () => {
  expect(suspectsCsv({ images: [] })).toBe('rank,image,score,kept,contaminated,x,y\r\n');
});
