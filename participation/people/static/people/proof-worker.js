// Looks for the number whose SHA-256, after the salt, is the challenge. See participation/people/proof.py.
const BATCH = 500;

addEventListener("message", async ({ data: { algorithm, challenge, maxnumber, salt, signature } }) => {
  const encoder = new TextEncoder();
  const wanted = challenge.match(/../g).map((pair) => parseInt(pair, 16));
  const solves = async (number) => {
    const hash = new Uint8Array(await crypto.subtle.digest(algorithm, encoder.encode(`${salt}${number}`)));
    return wanted.every((byte, place) => byte === hash[place]);
  };

  for (let start = 0; start <= maxnumber; start += BATCH) {
    const found = (await Promise.all(Array.from({ length: BATCH }, (_, place) => solves(start + place)))).indexOf(true);
    if (found >= 0) {
      postMessage(btoa(JSON.stringify({ algorithm, challenge, number: start + found, salt, signature })));
      return;
    }
  }
  throw new Error("no number solves the challenge");
});
