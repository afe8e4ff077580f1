//! What a message is made of: fixed words, codes that tell faults apart, and variable parts.

/// Kind of a variable part: what stood where the template has a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Address with a scheme, or a host with a path.
    Url,
    /// Host name or IP address, with or without port.
    Host,
    /// Path or name of a file.
    Path,
    /// Rucio data identifier, `scope:name`.
    Did,
    /// Rucio storage element.
    Rse,
    /// Distinguished name of a certificate.
    Dn,
    /// Account or address of a person.
    User,
    /// Number that is no code.
    Number,
    /// Word made by a machine: UUID, hexadecimal word, pool or node.
    Id,
    /// Date, time of day or duration.
    Time,
    /// Number with a unit of bytes.
    Size,
    /// Checksum of a file.
    Checksum,
    /// SRM call whose direction the head of the message tells already.
    Call,
    /// Step of a job.
    Step,
    /// Value of a key in a list of keys and values.
    Value,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 15] = [
        Self::Url,
        Self::Host,
        Self::Path,
        Self::Did,
        Self::Rse,
        Self::Dn,
        Self::User,
        Self::Number,
        Self::Id,
        Self::Time,
        Self::Size,
        Self::Checksum,
        Self::Call,
        Self::Step,
        Self::Value,
    ];

    /// What a template shows in its place.
    #[must_use]
    pub const fn placeholder(self) -> &'static str {
        match self {
            Self::Url => "<URL>",
            Self::Host => "<HOST>",
            Self::Path => "<PATH>",
            Self::Did => "<DID>",
            Self::Rse => "<RSE>",
            Self::Dn => "<DN>",
            Self::User => "<USER>",
            Self::Number => "<NUM>",
            Self::Id => "<ID>",
            Self::Time => "<TIME>",
            Self::Size => "<SIZE>",
            Self::Checksum => "<CHECKSUM>",
            Self::Call => "<CALL>",
            Self::Step => "<STEP>",
            Self::Value => "<VALUE>",
        }
    }
}

impl Kind {
    /// The kind whose placeholder a template begins with.
    pub(super) fn placeholder_of(template: &str) -> Option<Self> {
        if !template.starts_with('<') {
            return None;
        }
        Self::ALL.into_iter().find(|kind| template.starts_with(kind.placeholder()))
    }
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// White space, or what stands for it.
    Blank,
    /// Quotation mark: some sources drop them, so templates have none.
    Quote,
    /// Punctuation.
    Mark,
    /// Word that belongs to the template.
    Word,
    /// Number of which nobody has said yet whether it is a code.
    Number,
    /// Number that tells faults apart.
    Code,
    /// Equals sign and the value after it, which may be empty.
    Setting,
    /// What differs from message to message.
    Variable(Kind),
    /// Part of the token before it.
    Joined,
}

/// Piece of a text, from byte to byte.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    pub class: Class,
}

impl Token {
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}
