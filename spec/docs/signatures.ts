import {
  type ClassDeclaration,
  type ClassElement,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isGetAccessorDeclaration,
  isMethodDeclaration,
  isPrivateIdentifier,
  isPropertyDeclaration,
  isVariableDeclaration,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';

/** The text of a declaration, of a function without its body. */
export function signatureOf(node: Node): string {
  if (isFunctionDeclaration(node)) return `${textTo(node, node.body)};`;
  if (isVariableDeclaration(node)) return `const ${node.getText()}`;
  return node.getText().replace(/^export /, '');
}

/** The public part of a class: its members with their comments, without how they work. */
export function signaturesOf(node: ClassDeclaration): string {
  const first = node.members[0];
  const head = node.getSourceFile().text.slice(node.getStart(), first?.getFullStart() ?? node.getEnd());
  const members = node.members.filter((member, at) => isPublic(member) && !isOverloaded(node.members, at));
  const texts = members.map((member) => `${commentOf(member)}  ${memberOf(member)};`);
  return [head.replace(/^export /, '').trimEnd(), ...texts, '}'].join('\n');
}

function isPublic(member: ClassElement): boolean {
  if (isConstructorDeclaration(member)) return false;
  const isNamed =
    isMethodDeclaration(member) || isGetAccessorDeclaration(member) || isPropertyDeclaration(member);
  if (isNamed && isPrivateIdentifier(member.name)) return false;
  const hidden = [SyntaxKind.PrivateKeyword, SyntaxKind.ProtectedKeyword];
  return !modifiersOf(member).some(({ kind }) => hidden.includes(kind));
}

/** What implements overloads is not seen by callers. */
function isOverloaded(members: readonly ClassElement[], at: number): boolean {
  const [before, member] = [members[at - 1], members[at]];
  if (!before || !member || !isMethodDeclaration(before) || !isMethodDeclaration(member)) return false;
  return (
    member.body !== undefined && before.body === undefined && before.name.getText() === member.name.getText()
  );
}

function memberOf(member: ClassElement): string {
  if (isMethodDeclaration(member) || isGetAccessorDeclaration(member)) {
    return textTo(member, member.body).replace(/^(override )?(async )?\*?/, '');
  }
  if (isPropertyDeclaration(member) && member.initializer) {
    return textTo(member, member.initializer).replace(/\s*=$/, '');
  }
  return member.getText().replace(/;$/, '');
}

/** The text of a node up to a part of it, or to its end when it has no such part; a default is told as `?`. */
function textTo(node: Node, part: Node | undefined): string {
  const text = node.getSourceFile().text.slice(node.getStart(), part?.getStart() ?? node.getEnd());
  const optional = text.replace(/(\w+)(: [\w<>, '|]+) = (?:[A-Z][A-Z_]+|\{\})(?=,|\))/g, '$1?$2');
  return optional
    .trim()
    .replace(/^export /, '')
    .replace(/;$/, '');
}

function commentOf(member: ClassElement): string {
  const before = member.getSourceFile().text.slice(member.getFullStart(), member.getStart());
  const comment = /\/\*\*.*?\*\//s.exec(before)?.[0];
  return comment === undefined ? '' : `  ${comment}\n`;
}

function modifiersOf(member: ClassElement): readonly Node[] {
  return 'modifiers' in member && Array.isArray(member.modifiers) ? member.modifiers : [];
}
