// The one Trusted Types policy: markup never passes, text for <style> elements does. Imported first.
interface Factory {
  createPolicy(name: string, rules: Record<string, (text: string) => string>): unknown;
}
const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;

factory?.createPolicy('default', {
  createHTML(text) {
    if (text.includes('<')) throw new TypeError('markup from text is refused');
    return text;
  },
  createScriptURL(address) {
    if (!new URL(address, location.href).href.startsWith(`${location.origin}/assets/`))
      throw new TypeError('a script from elsewhere is refused');
    return address;
  },
});
