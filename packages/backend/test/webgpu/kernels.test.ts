/** Our own kernels, on random shapes, against compositions of the cpu backend's. */
import {
  add,
  conv2d,
  div,
  engine,
  getKernel,
  grads,
  mean,
  mul,
  reshape,
  rsqrt,
  type Scalar,
  scalar,
  setBackend,
  sigmoid,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { skipWithoutGpu } from './adapter.ts';

const ROUNDS = Array.from({ length: 6 }, (_, round) => round);
