//! `$filter`: read, checked against the fields, and applied to rows.

use std::cmp::Ordering;
use std::slice::Iter;

use time::OffsetDateTime;

use super::lexer::{Token, tokens};
use super::row::{Field, Kind, Row, Value};
use crate::text::parse_time;

/// A filter whose fields and values are known to fit each other.
#[derive(Debug)]
pub(crate) enum Filter {
    And(Vec<Filter>),
    /// Any of the tags is this one.
    AnyTag(&'static Field, String),
    Compare(&'static Field, Operator, Literal),
    In(&'static Field, Vec<Literal>),
    Not(Box<Filter>),
    Or(Vec<Filter>),
    StartsWith(&'static Field, String),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Operator {
    Eq,
    Ge,
    Gt,
    Le,
    Lt,
    Ne,
}

#[derive(Debug)]
pub(crate) enum Literal {
    Null,
    Number(i64),
    Text(String),
    Time(OffsetDateTime),
}

impl Filter {
    /// Fails with a text for the caller.
    pub(super) fn parse(text: &str, fields: &'static [Field]) -> Result<Self, String> {
        let tokens = tokens(text)?;
        if tokens.len() > LONGEST {
            return Err(format!("The query is too long: its filter has more than {LONGEST} words"));
        }
        let mut parser = Parser { rest: tokens.iter(), fields };
        let filter = parser.alternatives(0)?;
        match parser.rest.next() {
            None => Ok(filter),
            Some(token) => Err(unexpected(Some(token))),
        }
    }

    /// What `field` must be, where the filter says so: a way to look at few rows.
    pub(super) fn exact(&self, field: &str) -> Option<&str> {
        match self {
            Self::And(filters) => filters.iter().find_map(|filter| filter.exact(field)),
            Self::Compare(of, Operator::Eq, Literal::Text(text)) if of.name == field => Some(text),
            _ => None,
        }
    }

    pub(super) fn takes(&self, row: &impl Row, now: OffsetDateTime) -> bool {
        match self {
            Self::And(filters) => filters.iter().all(|filter| filter.takes(row, now)),
            Self::Or(filters) => filters.iter().any(|filter| filter.takes(row, now)),
            Self::Not(filter) => !filter.takes(row, now),
            Self::In(field, literals) => {
                let value = row.value(field, now);
                literals.iter().any(|literal| Operator::Eq.holds(&value, literal))
            }
            Self::Compare(field, operator, literal) => {
                operator.holds(&row.value(field, now), literal)
            }
            Self::StartsWith(field, prefix) => match row.value(field, now) {
                Value::Text(text) => text.starts_with(prefix.as_str()),
                _ => false,
            },
            Self::AnyTag(field, wanted) => match row.value(field, now) {
                Value::Tags(tags) => tags.contains(wanted),
                _ => false,
            },
        }
    }
}

impl Operator {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Eq,
            "ge" => Self::Ge,
            "gt" => Self::Gt,
            "le" => Self::Le,
            "lt" => Self::Lt,
            "ne" => Self::Ne,
            _ => return None,
        })
    }

    /// As OData has it, null is equal to null and in no order with anything.
    fn holds(self, value: &Value<'_>, literal: &Literal) -> bool {
        let order = match (value, literal) {
            (Value::Null, Literal::Null) => {
                return matches!(self, Self::Eq | Self::Ge | Self::Le);
            }
            (Value::Null, _) | (_, Literal::Null) => return matches!(self, Self::Ne),
            (Value::Number(value), Literal::Number(literal)) => value.cmp(literal),
            (Value::Text(value), Literal::Text(literal)) => value.as_ref().cmp(literal),
            (Value::Time(value), Literal::Time(literal)) => value.cmp(literal),
            _ => return false,
        };
        match self {
            Self::Eq => order == Ordering::Equal,
            Self::Ge => order != Ordering::Less,
            Self::Gt => order == Ordering::Greater,
            Self::Le => order != Ordering::Greater,
            Self::Lt => order == Ordering::Less,
            Self::Ne => order != Ordering::Equal,
        }
    }
}

struct Parser<'a> {
    rest: Iter<'a, Token>,
    fields: &'static [Field],
}

impl<'a> Parser<'a> {
    fn alternatives(&mut self, depth: usize) -> Result<Filter, String> {
        if depth > DEEPEST {
            return Err("The query is too deep".to_owned());
        }
        let mut all = vec![self.conjunction(depth)?];
        while self.skip_word("or") {
            all.push(self.conjunction(depth)?);
        }
        Ok(single(all, Filter::Or))
    }

    fn conjunction(&mut self, depth: usize) -> Result<Filter, String> {
        let mut all = vec![self.unary(depth)?];
        while self.skip_word("and") {
            all.push(self.unary(depth)?);
        }
        Ok(single(all, Filter::And))
    }

    fn unary(&mut self, depth: usize) -> Result<Filter, String> {
        if depth > DEEPEST {
            return Err("The query is too deep".to_owned());
        }
        match self.rest.next() {
            Some(Token::Open) => {
                let inner = self.alternatives(depth + 1)?;
                self.expect(&Token::Close)?;
                Ok(inner)
            }
            Some(Token::Word(word)) => match word.as_str() {
                "not" => Ok(Filter::Not(Box::new(self.unary(depth + 1)?))),
                "startswith" => self.starts_with(),
                word => match word.strip_suffix("/any") {
                    Some(field) => self.any(field),
                    None => self.comparison(word),
                },
            },
            other => Err(unexpected(other)),
        }
    }

    fn comparison(&mut self, name: &str) -> Result<Filter, String> {
        let field = self.field(name)?;
        if field.kind == Kind::Tags {
            return Err(format!("'{name}' is a collection; use '{name}/any(t: t eq ...)'"));
        }
        let operator = self.word()?;
        if operator == "in" {
            self.expect(&Token::Open)?;
            let mut literals = vec![self.literal(field)?];
            while self.rest.as_slice().first() == Some(&Token::Comma) {
                self.rest.next();
                literals.push(self.literal(field)?);
            }
            self.expect(&Token::Close)?;
            return Ok(Filter::In(field, literals));
        }
        let operator = Operator::parse(operator)
            .ok_or_else(|| format!("Syntax error: '{operator}' is not an operator"))?;
        Ok(Filter::Compare(field, operator, self.literal(field)?))
    }

    fn starts_with(&mut self) -> Result<Filter, String> {
        self.expect(&Token::Open)?;
        let name = self.word()?;
        let field = self.field(name)?;
        if field.kind != Kind::Text {
            return Err(format!("No function 'startswith' takes '{name}'"));
        }
        self.expect(&Token::Comma)?;
        let prefix = self.quoted()?;
        self.expect(&Token::Close)?;
        Ok(Filter::StartsWith(field, prefix))
    }

    /// `machineTags/any(tag: tag eq 'tier-0')`
    fn any(&mut self, name: &str) -> Result<Filter, String> {
        let field = self.field(name)?;
        if field.kind != Kind::Tags {
            return Err(format!("'{name}' is not a collection"));
        }
        self.expect(&Token::Open)?;
        let variable = self.word()?;
        let known = variable.strip_suffix(':').is_some_and(|variable| self.skip_word(variable));
        if !known || !self.skip_word("eq") {
            return Err(format!("Syntax error in '{name}/any'"));
        }
        let tag = self.quoted()?;
        self.expect(&Token::Close)?;
        Ok(Filter::AnyTag(field, tag))
    }

    fn literal(&mut self, field: &Field) -> Result<Literal, String> {
        let wrong = |text: &str| format!("'{text}' does not fit the type of '{}'", field.name);
        match (self.rest.next(), field.kind) {
            (Some(Token::Word(word)), _) if word == "null" => Ok(Literal::Null),
            (Some(Token::Word(word)), Kind::Time) => {
                parse_time(word).map(Literal::Time).ok_or_else(|| wrong(word))
            }
            (Some(Token::Word(word)), Kind::Number) => {
                word.parse().map(Literal::Number).map_err(|_| wrong(word))
            }
            (Some(Token::Word(word)), Kind::Guid) => Ok(Literal::Text(word.to_ascii_lowercase())),
            (Some(Token::Quoted(text)), Kind::Guid) => Ok(Literal::Text(text.to_ascii_lowercase())),
            (Some(Token::Quoted(text)), Kind::Text) => Ok(Literal::Text(text.clone())),
            (Some(Token::Quoted(text)), Kind::Member(members)) => {
                if members.contains(&text.as_str()) {
                    Ok(Literal::Text(text.clone()))
                } else {
                    Err(format!("The string '{text}' is not a valid enumeration type constant"))
                }
            }
            (Some(Token::Word(text) | Token::Quoted(text)), _) => Err(wrong(text)),
            (other, _) => Err(unexpected(other)),
        }
    }

    fn field(&self, name: &str) -> Result<&'static Field, String> {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .ok_or_else(|| format!("Could not find a property named '{name}' to filter by"))
    }

    fn word(&mut self) -> Result<&'a str, String> {
        match self.rest.next() {
            Some(Token::Word(word)) => Ok(word),
            other => Err(unexpected(other)),
        }
    }

    fn quoted(&mut self) -> Result<String, String> {
        match self.rest.next() {
            Some(Token::Quoted(text)) => Ok(text.clone()),
            other => Err(unexpected(other)),
        }
    }

    fn skip_word(&mut self, word: &str) -> bool {
        let next = self.rest.as_slice().first();
        let found = matches!(next, Some(Token::Word(next)) if next == word);
        if found {
            self.rest.next();
        }
        found
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        match self.rest.next() {
            Some(next) if next == token => Ok(()),
            other => Err(unexpected(other)),
        }
    }
}

fn single(mut all: Vec<Filter>, several: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match all.pop() {
        Some(one) if all.is_empty() => one,
        last => {
            all.extend(last);
            several(all)
        }
    }
}

fn unexpected(token: Option<&Token>) -> String {
    match token {
        None => "Syntax error: the filter ends too soon".to_owned(),
        Some(Token::Close) => "Syntax error at ')'".to_owned(),
        Some(Token::Comma) => "Syntax error at ','".to_owned(),
        Some(Token::Open) => "Syntax error at '('".to_owned(),
        Some(Token::Quoted(text)) => format!("Syntax error at the string '{text}'"),
        Some(Token::Word(word)) => format!("Syntax error at '{word}'"),
    }
}

const DEEPEST: usize = 50;
/// All rows are held against all of it while everybody waits; what limit the service has is not known.
const LONGEST: usize = 2_000;
