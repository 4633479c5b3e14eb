/** What no name may be, each with a word for it: Redis, URLs, logs or screens would make something else of it. */
export const HOSTILE_NAMES: readonly (readonly [what: string, text: string])[] = [
  ['empty', ''],
  ['the half of an emoji', 'a\ud83d'],
  ['the other half of one', '\ude00a'],
  ['turned round on the screen', 'a\u202eb'],
  ['isolated from the text around it', 'a\u2066b'],
  ['marked right to left', 'a\u200fb'],
  ['a control character', 'a\u0000b'],
  ['a control character beyond ASCII', 'a\u009bb'],
  ['a line break', 'a\nb'],
  ['a separator of lines', 'a\u2028b'],
  ['the folder itself', '.'],
  ['the folder above', '..'],
];
