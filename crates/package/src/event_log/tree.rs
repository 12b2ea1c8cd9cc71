//! The data of an event as a tree that becomes JSON.

use super::{
    draft::Part,
    names::{NameId, Names},
};

/// Elements and attributes with what they hold, the first of them a root without a name.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    parts: Vec<(Part, u32)>,
    /// The attribute whose values come.
    attribute: u32,
    /// By name: the last object that had it, and its latest node there.
    latest: Vec<(u64, u32)>,
    objects: u64,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    name: Option<NameId>,
    is_attribute: bool,
    first_child: u32,
    last_child: u32,
    next: u32,
    first_part: u32,
    last_part: u32,
    /// The next node of the same name in the same object.
    twin: u32,
    /// Whether it is shown with an earlier node of its name.
    is_twin: bool,
}

impl Node {
    fn new(name: Option<NameId>) -> Self {
        Self {
            name,
            is_attribute: false,
            first_child: NONE,
            last_child: NONE,
            next: NONE,
            first_part: NONE,
            last_part: NONE,
            twin: NONE,
            is_twin: false,
        }
    }
}

impl Tree {
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.parts.clear();
        self.attribute = NONE;
        self.nodes.push(Node::new(None));
    }

    pub(super) fn root() -> u32 {
        0
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.len() <= 1 && self.parts.is_empty()
    }

    /// Adds an element to `parent`.
    pub(super) fn child(&mut self, parent: u32, name: NameId) -> u32 {
        self.add(parent, Node::new(Some(name)))
    }

    /// Adds an attribute to an element.
    pub(super) fn begin_attribute(&mut self, element: u32, name: NameId) {
        // It stays out of the tree until it has a value.
        self.end_attributes();
        self.attribute = self.next_node();
        let node = Node { is_attribute: true, next: element, ..Node::new(Some(name)) };
        self.nodes.push(node);
    }

    pub(super) fn attribute_value(&mut self, part: Part) {
        let attribute = self.attribute;
        if let Some(node) = self.node(attribute).filter(|node| node.first_part == NONE) {
            let element = node.next;
            if let Some(node) = self.nodes.get_mut(attribute as usize) {
                node.next = NONE;
            }
            self.link(element, attribute);
        }
        self.value(attribute, part);
    }

    pub(super) fn end_attributes(&mut self) {
        self.attribute = NONE;
    }

    pub(super) fn rename(&mut self, node: u32, name: NameId) {
        if node != Self::root()
            && let Some(node) = self.nodes.get_mut(node as usize)
        {
            node.name = Some(name);
        }
    }

    /// Adds a part to the value of a node.
    pub(super) fn value(&mut self, node: u32, part: Part) {
        let added = u32::try_from(self.parts.len()).unwrap_or(NONE);
        let Some(node) = self.nodes.get_mut(node as usize) else { return };
        self.parts.push((part, NONE));
        let last = std::mem::replace(&mut node.last_part, added);
        match self.parts.get_mut(last as usize) {
            Some((_, next)) => *next = added,
            None => node.first_part = added,
        }
    }

    /// Name and value of an element that holds nothing but one value or none.
    pub(super) fn leaf(&self, node: u32) -> Option<(NameId, Option<Part>)> {
        let node = self.node(node)?;
        if node.first_child != NONE || node.first_part != node.last_part {
            return None;
        }
        Some((node.name?, self.parts.get(node.first_part as usize).map(|(part, _)| *part)))
    }

    /// Appends all as a JSON object.
    pub(super) fn push_json(&mut self, out: &mut Vec<u8>, names: &Names, chunk: &[u8]) {
        if self.latest.len() < names.len() {
            self.latest.resize(names.len(), (0, NONE));
        }
        self.object(Self::root(), out, names, chunk);
    }

    fn object(&mut self, parent: u32, out: &mut Vec<u8>, names: &Names, chunk: &[u8]) {
        self.find_twins(parent);
        out.push(b'{');
        let begin = out.len();
        let Some(whole) = self.node(parent) else { return out.push(b'}') };
        if whole.first_part != NONE {
            out.extend_from_slice(b"\"#text\":");
            self.text(whole, out, names, chunk);
        }
        let mut at = whole.first_child;
        while let Some(node) = self.node(at) {
            if !node.is_twin {
                if out.len() > begin {
                    out.push(b',');
                }
                out.extend_from_slice(if node.is_attribute { b"\"@" } else { b"\"" });
                let name = node.name.and_then(|name| names.at(name));
                out.extend_from_slice(name.map(|name| name.json.as_bytes()).unwrap_or_default());
                out.extend_from_slice(b"\":");
                if node.twin == NONE {
                    self.content(at, out, names, chunk);
                } else {
                    out.push(b'[');
                    let mut twin = at;
                    while let Some(node) = self.node(twin) {
                        self.content(twin, out, names, chunk);
                        twin = node.twin;
                        out.push(if twin == NONE { b']' } else { b',' });
                    }
                }
            }
            at = node.next;
        }
        out.push(b'}');
    }

    /// An element's value, or an object where it holds more than a value.
    fn content(&mut self, at: u32, out: &mut Vec<u8>, names: &Names, chunk: &[u8]) {
        let Some(node) = self.node(at) else { return };
        // Elements are no deeper than a draft lets them be.
        if node.first_child == NONE {
            self.text(node, out, names, chunk);
        } else {
            self.object(at, out, names, chunk);
        }
    }

    fn text(&self, node: Node, out: &mut Vec<u8>, names: &Names, chunk: &[u8]) {
        let part = |at: u32| self.parts.get(at as usize).copied();
        let Some((first, mut next)) = part(node.first_part) else {
            return out.extend_from_slice(b"null");
        };
        if next == NONE {
            return first.value(names, chunk).push_json(out);
        }
        out.push(b'"');
        first.value(names, chunk).push_json_text(out);
        while let Some((more, after)) = part(next) {
            more.value(names, chunk).push_json_text(out);
            next = after;
        }
        out.push(b'"');
    }

    /// Links the children of one name.
    fn find_twins(&mut self, parent: u32) {
        self.objects += 1;
        let mut at = self.node(parent).map_or(NONE, |node| node.first_child);
        while let Some(node) = self.node(at) {
            // Attributes have names of their own.
            let name = node.name.filter(|_| !node.is_attribute).map(Names::index);
            if let Some(latest) = name.and_then(|name| self.latest.get_mut(name)) {
                let (object, before) = std::mem::replace(latest, (self.objects, at));
                if object == self.objects {
                    if let Some(before) = self.nodes.get_mut(before as usize) {
                        before.twin = at;
                    }
                    if let Some(twin) = self.nodes.get_mut(at as usize) {
                        twin.is_twin = true;
                    }
                }
            }
            at = node.next;
        }
    }

    fn add(&mut self, parent: u32, node: Node) -> u32 {
        let added = self.next_node();
        self.nodes.push(node);
        self.link(parent, added);
        added
    }

    fn link(&mut self, parent: u32, added: u32) {
        let Some(parent) = self.nodes.get_mut(parent as usize) else { return };
        let last = std::mem::replace(&mut parent.last_child, added);
        if last == NONE {
            parent.first_child = added;
        } else if let Some(last) = self.nodes.get_mut(last as usize) {
            last.next = added;
        }
    }

    fn node(&self, at: u32) -> Option<Node> {
        self.nodes.get(at as usize).copied()
    }

    fn next_node(&self) -> u32 {
        // The budget of a chunk allows far fewer.
        u32::try_from(self.nodes.len()).unwrap_or(NONE)
    }
}

/// No node, no part.
pub(super) const NONE: u32 = u32::MAX;
