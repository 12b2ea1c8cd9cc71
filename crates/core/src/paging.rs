//! Reads lists page by page, and stops endless ones.

use crate::Map;
use crate::error::{Code, Error};
use crate::odata::{NextPage, Page};

/// How far a list has been read.
#[derive(Clone, Debug, Default)]
pub struct Paging {
    rows: usize,
    pages: Map<String, ()>,
}

impl Paging {
    /// Takes the next page from `page`; `None` at the end of the list.
    ///
    /// Fails with `invalid_shape` if the list leads back to a page that was already read, or does
    /// not end within 100,000 rows and 1,000 pages. What was read by then is not the whole list.
    pub fn turn<T>(&mut self, page: &mut Page<T>) -> Result<Option<NextPage>, Error> {
        self.rows = self.rows.saturating_add(page.items.len());
        let Some(next) = page.next.take() else { return Ok(None) };
        if self.pages.insert(next.as_str().to_owned(), ()).is_some() {
            return Err(endless("the list leads back to a page that it began with"));
        }
        if self.rows >= MOST_ROWS || self.pages.len() >= MOST_PAGES {
            return Err(endless(&format!(
                "the list does not end within {MOST_ROWS} rows and {MOST_PAGES} pages"
            )));
        }
        Ok(Some(next))
    }
}

fn endless(why: &str) -> Error {
    Error::new(Code::InvalidShape, format!("{why}, so it was not read to its end"))
        .with_hint("name the device by its full name or its id, so that fewer rows match")
}

const MOST_ROWS: usize = 100_000;
const MOST_PAGES: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_url::BaseUrl;

    fn page(rows: usize, next: Option<&str>) -> Page<()> {
        let base = BaseUrl::parse("https://api.security.microsoft.com").unwrap();
        let next = next.map(|query| {
            let link = format!("https://api.security.microsoft.com/api/machines?{query}");
            NextPage::parse(&link, &base, "/api/machines").unwrap()
        });
        Page::new(vec![(); rows], next)
    }

    #[test]
    fn a_list_is_turned_to_its_end() {
        let mut paging = Paging::default();
        let next = paging.turn(&mut page(2, Some("$skip=2"))).unwrap();
        assert_eq!(next.unwrap().as_str(), "$skip=2");
        assert_eq!(paging.turn(&mut page(1, None)).unwrap(), None);
    }

    #[test]
    fn a_list_that_goes_in_a_circle_is_no_list() {
        let mut paging = Paging::default();
        for query in ["$skip=1", "$skip=2"] {
            paging.turn(&mut page(1, Some(query))).unwrap();
        }
        let error = paging.turn(&mut page(1, Some("$skip=1"))).unwrap_err();
        assert_eq!(error.code(), Code::InvalidShape);
    }

    #[test]
    fn a_list_without_end_is_given_up() {
        let mut paging = Paging::default();
        let turned = (0..MOST_PAGES)
            .take_while(|n| paging.turn(&mut page(1, Some(&format!("$skip={n}")))).is_ok());
        assert_eq!(turned.count(), MOST_PAGES - 1);
        let mut paging = Paging::default();
        assert!(paging.turn(&mut page(MOST_ROWS, Some("$skip=1"))).is_err());
        assert!(Paging::default().turn(&mut page(MOST_ROWS, None)).is_ok());
    }
}
