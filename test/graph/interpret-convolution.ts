import type { Shape } from '../../src/graph/op.ts';
import { elementCount } from '../../src/graph/program.ts';
import type { Tensor } from './interpreter.ts';

type Visit = (xAt: number, wAt: number, yAt: number) => void;

/**
 * Visits every product x w that the convolution of x [N, Ci, …] with w [Co, Ci, …] adds to y [N, Co, …]: output o takes
 * tap t from o * stride + t - floor((k - 1) / 2), where that lies in the image. The three convolution ops sum the same
 * products, each into another of the three tensors.
 */
function forEachProduct(x: Shape, w: Shape, y: Shape, strides: Shape, visit: Visit): void {
  const [n, ci, xk, xj, xi] = x as [number, number, number, number, number];
  const [co, , wk, wj, wi] = w as [number, number, number, number, number];
  const [, , yk, yj, yi] = y as [number, number, number, number, number];
  const [sk, sj, si] = strides as [number, number, number];
  const [pk, pj, pi] = [wk, wj, wi].map((size) => Math.floor((size - 1) / 2)) as [number, number, number];
  for (let sample = 0; sample < n; sample++) {
    for (let o = 0; o < co; o++) {
      for (let c = 0; c < ci; c++) {
        for (let k = 0; k < yk; k++) {
          for (let j = 0; j < yj; j++) {
            for (let i = 0; i < yi; i++) {
              const yAt = (((sample * co + o) * yk + k) * yj + j) * yi + i;
              for (let tk = 0; tk < wk; tk++) {
                const atK = k * sk + tk - pk;
                if (atK < 0 || atK >= xk) continue;
                for (let tj = 0; tj < wj; tj++) {
                  const atJ = j * sj + tj - pj;
                  if (atJ < 0 || atJ >= xj) continue;
                  for (let ti = 0; ti < wi; ti++) {
                    const atI = i * si + ti - pi;
                    if (atI < 0 || atI >= xi) continue;
                    const xAt = (((sample * ci + c) * xk + atK) * xj + atJ) * xi + atI;
                    const wAt = (((o * ci + c) * wk + tk) * wj + tj) * wi + ti;
                    visit(xAt, wAt, yAt);
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

export function convolution(x: Tensor, w: Tensor, shape: Shape, strides: Shape): Float64Array {
  const y = new Float64Array(elementCount(shape));
  const [xs, ws] = [x.values, w.values];
  forEachProduct(x.shape, w.shape, shape, strides, (xAt, wAt, yAt) => {
    y[yAt] = (y[yAt] as number) + (xs[xAt] as number) * (ws[wAt] as number);
  });
  return y;
}

export function transposedConvolution(y: Tensor, w: Tensor, shape: Shape, strides: Shape): Float64Array {
  const x = new Float64Array(elementCount(shape));
  const [ys, ws] = [y.values, w.values];
  forEachProduct(shape, w.shape, y.shape, strides, (xAt, wAt, yAt) => {
    x[xAt] = (x[xAt] as number) + (ys[yAt] as number) * (ws[wAt] as number);
  });
  return x;
}

export function convolutionWeightGradient(x: Tensor, y: Tensor, shape: Shape, strides: Shape): Float64Array {
  const w = new Float64Array(elementCount(shape));
  const [xs, ys] = [x.values, y.values];
  forEachProduct(x.shape, shape, y.shape, strides, (xAt, wAt, yAt) => {
    w[wAt] = (w[wAt] as number) + (xs[xAt] as number) * (ys[yAt] as number);
  });
  return w;
}

/** For each voxel of the image, the position of its window in the pooled image. */
function windowOfEach(x: Shape, window: Shape): Int32Array {
  const [n, c, k, j, i] = x as [number, number, number, number, number];
  const [wk, wj, wi] = window as [number, number, number];
  return Int32Array.from({ length: n * c * k * j * i }, (_, at) => {
    const [atI, rows] = [at % i, Math.floor(at / i)];
    const [atJ, planes] = [rows % j, Math.floor(rows / j)];
    const [atK, image] = [planes % k, Math.floor(planes / k)];
    const plane = image * (k / wk) + Math.floor(atK / wk);
    return (plane * (j / wj) + Math.floor(atJ / wj)) * (i / wi) + Math.floor(atI / wi);
  });
}

export function maxPool(x: Tensor, shape: Shape, window: Shape): Float64Array {
  const y = new Float64Array(elementCount(shape)).fill(Number.NEGATIVE_INFINITY);
  for (const [at, pooled] of windowOfEach(x.shape, window).entries()) {
    y[pooled] = Math.max(y[pooled] as number, x.values[at] as number);
  }
  return y;
}

export function maxPoolGradient(dy: Tensor, x: Tensor, window: Shape): Float64Array {
  const windows = windowOfEach(x.shape, window);
  const largest = maxPool(x, dy.shape, window);
  const isLargest = x.values.map((value, at) => (value === largest[windows[at] as number] ? 1 : 0));
  const ties = new Float64Array(dy.values.length);
  for (const [at, pooled] of windows.entries()) ties[pooled] = (ties[pooled] as number) + (isLargest[at] as number);
  return isLargest.map((share, at) => {
    const pooled = windows[at] as number;
    return share === 0 ? 0 : (dy.values[pooled] as number) / (ties[pooled] as number);
  });
}
