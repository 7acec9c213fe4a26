"""Binary XML by hand: the `binxml:`, `nested:` and `body:` lists of a description, turned into nodes.

A token is a word (fragment, end, system, data) or a mapping; its first key says what it is:

    {element: NAME, attributes: {NAME: text or tokens}, content: [tokens], dependency: SLOT, length: N,
     attribute_length: N, name_offset: N, odd or forward, open_only: true}
    {text: ..}  {cdata: ..}  {charref: N}  {entity: amp}  {pi: TARGET, data: ..}  {raw: "hex"}
    {slot: N, type: TYPE, optional: true}
    {instance: [tokens of the definition], values: [values], guid: .., key: .., count: N, offset: .., template_id: N,
     length: N}
    {times: N, content: [tokens]}                     the tokens N times
    {nest: N, element: NAME, content: [tokens]}       N elements, one in the other
    {nest_instances: N, content: [tokens]}            N instances, each in a type 21 value of the one around it

A value is plain text (string), null, or {type: T, value: .., hex: .., nested: [tokens], size: N}.
"""
from .binxml import (END, FRAGMENT, CData, CharRef, Definition, Element, EntityRef, Instance, Pi, Raw, Slot, Text, Value,
                     encode, guid_bytes)


class Tokens:
    """Turns tokens into nodes. `words` gives the nodes of the words that depend on the event (system, data)."""

    def __init__(self, words=None):
        self.words = {"fragment": lambda: [FRAGMENT], "end": lambda: [END], **(words or {})}

    def nodes(self, tokens):
        if isinstance(tokens, str) and tokens not in self.words:
            return [Text(tokens)]
        out = []
        for token in tokens if isinstance(tokens, list) else [tokens]:
            out += self.token(token)
        return out

    def token(self, token):
        if isinstance(token, str):
            if token not in self.words:
                raise ValueError("unknown token %r" % token)
            return self.words[token]()
        kind = next((k for k in ("nest", "nest_instances", "times") + tuple(self.MAKERS) if k in token), None)
        if kind is None:
            raise ValueError("unknown token %r" % (token,))
        return self.MAKERS[kind](self, token)

    def element(self, token):
        known = {"element", "attributes", "content", "dependency", "length", "attribute_length", "name_offset", "open_only"}
        if set(token) - known:
            raise ValueError("unknown in an element: %s" % ", ".join(set(token) - known))
        attributes = [(name, self.nodes(value)) for name, value in token.get("attributes", {}).items()]
        more = {key: token[key] for key in known - {"element", "attributes", "content"} if key in token}
        return [Element(token["element"], attributes, self.nodes(token.get("content", [])), **more)]

    def instance(self, token):
        guid = token.get("guid")
        nodes = self.nodes(token["instance"])
        definition = Definition(nodes, guid_bytes(guid) if guid else None, token.get("length"),
                                token.get("key"))
        return [Instance(definition, [self.value(v) for v in token.get("values", [])], token.get("count"),
                         token.get("template_id"), token.get("offset"))]

    def value(self, given):
        """A substitution value."""
        if given is None:
            return Value("null")
        if not isinstance(given, dict):
            return Value("string", encode("string", str(given)))
        kind = given.get("type", "string")
        if "nested" in given:
            return Value(given.get("type", "binxml"), nodes=self.nodes(given["nested"]), size=given.get("size"))
        if "hex" in given:
            data = bytes.fromhex(given["hex"])
        elif "value" in given:
            data = encode(kind, given["value"])
        else:
            data = bytes([given.get("junk", 0)]) * given.get("size", 0)
        return Value(kind, data * given.get("times", 1), size=given.get("size"))

    def nest(self, token):
        inner = self.nodes(token.get("content", []))
        for _ in range(token["nest"]):
            inner = [Element(token["element"], [], inner)]
        return inner

    def nest_instances(self, token):
        inner = self.nodes(token.get("content", []))
        for _ in range(token["nest_instances"]):
            shell = Definition([FRAGMENT, Element("Level", [], [Slot(0, "binxml")]), END], key="nest")
            inner = [FRAGMENT, Instance(shell, [Value("binxml", nodes=inner)]), END]
        return inner

    MAKERS = {
        "element": element, "instance": instance,
        "text": lambda self, t: [Text(t["text"])],
        "cdata": lambda self, t: [CData(t["cdata"])],
        "charref": lambda self, t: [CharRef(t["charref"])],
        "entity": lambda self, t: [EntityRef(t["entity"])],
        "pi": lambda self, t: [Pi(t["pi"], t.get("data", ""))],
        "raw": lambda self, t: [Raw(bytes.fromhex(t["raw"]))],
        "slot": lambda self, t: [Slot(t["slot"], t.get("type", "string"), t.get("optional", False))],
        "times": lambda self, t: self.nodes(t["content"]) * t["times"],
        "nest": nest, "nest_instances": nest_instances,
    }
