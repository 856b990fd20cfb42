/** After the frame with what was just changed: what is not seen in it must not hold it up. A window that is not drawn has no frames. */
export function drawn(): Promise<unknown> {
  return Promise.race([new Promise((done) => requestAnimationFrame(() => setTimeout(done))), new Promise((done) => setTimeout(done, 100))]);
}
