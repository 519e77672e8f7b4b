// What an authenticator on a phone does: read the QR code, show the code of now.
import { createHmac } from 'node:crypto';
import jsqr from 'jsqr';
import { check } from './world.mjs';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function codeOf(key, ahead = 0) {
  const bits = [...key.replaceAll(' ', '')].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const bytes = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac('sha1', bytes).update(message).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

// The text of a QR code on a page, read from its pixels.
export async function readQrCode(svg) {
  const { width, height, data } = await svg.evaluate(async (element) => {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(element))}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 432;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, 432, 432);
    return { width: 432, height: 432, data: [...context.getImageData(0, 0, 432, 432).data] };
  });
  const found = (jsqr.default ?? jsqr)(Uint8ClampedArray.from(data), width, height);
  check(found, 'the QR code cannot be read');
  return found.data;
}

// From the password to the recovery codes; gives the key and the codes.
export async function enrol(page, password) {
  await page.getByTestId('factor.password').fill(password);
  await page.getByTestId('factor.begin').click();
  const key = (await page.getByTestId('factor.key').textContent()).replaceAll(' ', '');
  const told = await readQrCode(page.getByTestId('factor.qr'));
  check(told.startsWith('otpauth://totp/Vedette:') && told.includes(`secret=${key}&`), `the QR code says ${told}`);
  await page.getByTestId('factor.code').fill('000000');
  await page.getByTestId('factor.confirm').click();
  await page.getByTestId('factor.problem').waitFor();
  await page.getByTestId('factor.code').fill(codeOf(key));
  await page.getByTestId('factor.confirm').click();
  const codes = (await page.getByTestId('factor.recovery.codes').textContent()).split('\n');
  check(codes.length === 10 && new Set(codes).size === 10, `the recovery codes are ${codes.length}`);
  return { key, codes };
}
