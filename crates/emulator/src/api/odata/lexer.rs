//! The words of a filter.

/// A word of a filter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Token {
    Close,
    Comma,
    Open,
    /// A text in single quotes, with doubled quotes undone.
    Quoted(String),
    Word(String),
}

/// The words of a filter, or what cannot be read in it.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        let token = match next {
            ' ' | '\t' => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '\'' => {
                let mut quoted = String::new();
                loop {
                    match rest.next() {
                        Some('\'') if rest.next_if_eq(&'\'').is_some() => quoted.push('\''),
                        Some('\'') => break Token::Quoted(quoted),
                        Some(other) => quoted.push(other),
                        None => return Err("There is an unterminated string literal".to_owned()),
                    }
                }
            }
            next if is_word(next) => {
                let mut word = String::from(next);
                while let Some(more) = rest.next_if(|&more| is_word(more)) {
                    word.push(more);
                }
                Token::Word(word)
            }
            other => return Err(format!("Syntax error: character '{}'", other.escape_default())),
        };
        tokens.push(token);
    }
    Ok(tokens)
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-.:+/@$".contains(character)
}
