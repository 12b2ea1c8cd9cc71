use std::borrow::Cow;

use encoding_rs::{BIG5, EUC_KR, GBK, SHIFT_JIS};
use oem_cp::code_table::DECODING_TABLE_CP_MAP;

/// An OEM code page: what console programs write that know nothing of Unicode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CodePage(pub(crate) u16);

impl CodePage {
    /// The OEM code page of a Windows system locale such as `en-gb`.
    ///
    /// Source: written from memory of the column "OEM code page" of Microsoft's "National Language Support (NLS) API
    /// Reference", and not checked against it since; where a language is written in two scripts the tag of the script decides. A locale that is not
    /// listed has 850, as most of western Europe; none at all has 437, as the United States.
    pub(crate) fn of_locale(locale: Option<&str>) -> Self {
        let Some(locale) = locale else { return Self(437) };
        let locale = locale.to_ascii_lowercase();
        let language = locale.split('-').next().unwrap_or_default();
        let is_in = |script: &str| locale.split('-').nth(1) == Some(script);
        Self(match (language, locale.as_str()) {
            (_, "en-us" | "es-us" | "en-in" | "en-my" | "en-ph" | "en-sg" | "en-za" | "en-zw") => {
                437
            }
            (_, "zh-tw" | "zh-hk" | "zh-mo") => 950,
            ("zh", _) if is_in("hant") => 950,
            ("zh", _) => 936,
            ("ja", _) => 932,
            ("ko", _) => 949,
            ("th", _) => 874,
            ("vi", _) => 1258,
            ("ar" | "fa" | "ur", _) => 720,
            ("he", _) => 862,
            ("el", _) => 737,
            ("az" | "uz", _) if is_in("cyrl") => 866,
            ("tr" | "az" | "uz", _) => 857,
            ("et" | "lv" | "lt", _) => 775,
            ("bs", _) if is_in("cyrl") => 855,
            ("sr", _) if is_in("latn") => 852,
            ("pl" | "cs" | "sk" | "hu" | "sl" | "hr" | "ro" | "sq" | "bs", _) => 852,
            ("sr", _) => 855,
            ("mk" | "ru" | "uk" | "be" | "bg" | "kk" | "ky" | "tt" | "mn", _) => 866,
            _ => 850,
        })
    }

    /// Decodes bytes; whatever the code page does not have becomes U+FFFD.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        let multi_byte = match self.0 {
            932 => Some(SHIFT_JIS),
            936 => Some(GBK),
            949 => Some(EUC_KR),
            950 => Some(BIG5),
            1258 => Some(encoding_rs::WINDOWS_1258),
            _ => None,
        };
        if let Some(encoding) = multi_byte {
            return encoding.decode_without_bom_handling(bytes).0;
        }
        match DECODING_TABLE_CP_MAP.get(&self.0) {
            Some(table) => Cow::Owned(table.decode_string_lossy(bytes)),
            None => String::from_utf8_lossy(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CodePage;

    #[test]
    fn locales_have_the_code_pages_that_microsoft_lists() {
        for (locale, page) in [
            ("en-gb", 850),
            ("en-US", 437),
            ("en-ZA", 437),
            ("en-IN", 437),
            ("de-de", 850),
            ("pl-pl", 852),
            ("ru-RU", 866),
            ("mk-MK", 866),
            ("sr-Latn-RS", 852),
            ("sr-Cyrl-RS", 855),
            ("bs-Latn-BA", 852),
            ("bs-Cyrl-BA", 855),
            ("az-Latn-AZ", 857),
            ("az-Cyrl-AZ", 866),
            ("uz-Latn-UZ", 857),
            ("uz-Cyrl-UZ", 866),
            ("zh-Hant-TW", 950),
            ("zh-TW", 950),
            ("zh-CN", 936),
        ] {
            assert_eq!(CodePage::of_locale(Some(locale)), CodePage(page), "{locale}");
        }
        assert_eq!(CodePage::of_locale(None), CodePage(437));
    }

    #[test]
    fn every_page_that_a_locale_leads_to_is_known() {
        for (page, bytes, text) in [
            (850, b"Gr\x94\xe1e".as_slice(), "Größe"),
            (437, b"\x82", "é"),
            (852, b"\xa5", "ą"),
            (866, b"\x80\xa0", "Аа"),
            (932, b"\x93\xfa\x96\x7b", "日本"),
            (936, b"\xd6\xd0", "中"),
            (949, b"\xc7\xd1", "한"),
            (950, b"\xa4\xa4", "中"),
            (737, b"\x80", "Α"),
            (857, b"\xa6", "Ğ"),
            (862, b"\x80", "א"),
            (720, b"\xa0", "ب"),
            (775, b"\x80", "Ć"),
            (855, b"\xa0", "а"),
            (874, b"\xa1", "ก"),
            (1258, b"\xd0", "Đ"),
        ] {
            assert_eq!(CodePage(page).decode(bytes), text, "code page {page}");
        }
    }
}
