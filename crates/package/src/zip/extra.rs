use super::fields::Fields;

/// The extra fields of a header that this reader knows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extra<'a> {
    /// The zip64 extended information field (0x0001), unread.
    pub(super) zip64: Option<&'a [u8]>,
    /// The Info-ZIP Unicode path field (0x7075), unread.
    pub(super) unicode_path: Option<&'a [u8]>,
    /// The AES field (0x9901) of `WinZip`, unread.
    pub(super) aes: Option<&'a [u8]>,
    /// Whether a field's length runs past the space there is.
    pub(super) overruns: bool,
}

impl<'a> Extra<'a> {
    /// Splits an extra field area into its fields; APPNOTE.TXT 4.5.
    ///
    /// Up to three zero bytes at the end are padding, as aligning tools write it.
    pub(super) fn parse(area: &'a [u8]) -> Self {
        let mut extra = Self::default();
        let mut fields = Fields::new(area);
        while !fields.rest().is_empty() {
            let before = fields.rest();
            let (Some(id), Some(length)) = (fields.u16(), fields.u16()) else {
                extra.overruns = before.iter().any(|byte| *byte != 0);
                break;
            };
            let Some(body) = fields.bytes(usize::from(length)) else {
                extra.overruns = true;
                break;
            };
            match id {
                0x0001 => extra.zip64 = extra.zip64.or(Some(body)),
                0x9901 => extra.aes = Some(body),
                0x7075 => extra.unicode_path = Some(body),
                _ => {}
            }
        }
        extra
    }

    /// Another name for a member whose header has `raw_name`, if the field is valid and differs.
    pub(super) fn other_name(&self, raw_name: &[u8]) -> Option<&'a [u8]> {
        let mut fields = Fields::new(self.unicode_path?);
        let version = fields.bytes(1)?;
        let crc32 = fields.u32()?;
        let valid = version == [1] && crc32 == crate::crc::crc32(raw_name);
        (valid && fields.rest() != raw_name).then_some(fields.rest())
    }
}

/// Sizes and places that a header has in 32 bits, with those taken from its zip64 field that did not fit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wide {
    pub(super) size: u64,
    pub(super) compressed_size: u64,
    pub(super) offset: u64,
    pub(super) disk: u32,
    /// Whether a value needs the zip64 field and it is missing or too short.
    pub(super) lacks_zip64: bool,
}

/// Widens a header's fields; APPNOTE.TXT 4.5.3: only saturated fields are in the zip64 field, in this
/// order.
pub(super) fn widen(
    size: u32,
    compressed_size: u32,
    offset: u32,
    disk: u16,
    zip64: Option<&[u8]>,
) -> Wide {
    let mut fields = Fields::new(zip64.unwrap_or_default());
    let mut lacks_zip64 = false;
    let mut take = |narrow: u32| {
        if narrow != u32::MAX {
            return u64::from(narrow);
        }
        fields.u64().unwrap_or_else(|| {
            lacks_zip64 = true;
            u64::from(narrow)
        })
    };
    let (size, compressed_size, offset) = (take(size), take(compressed_size), take(offset));
    let disk = match disk {
        u16::MAX => fields.u32().unwrap_or_else(|| {
            lacks_zip64 = true;
            u32::from(disk)
        }),
        narrow => u32::from(narrow),
    };
    Wide { size, compressed_size, offset, disk, lacks_zip64 }
}

#[cfg(test)]
mod tests {
    use super::{Extra, widen};

    #[test]
    fn only_saturated_fields_are_read_from_zip64() {
        let field = [7u64.to_le_bytes(), 9u64.to_le_bytes()].concat();
        let wide = widen(u32::MAX, 5, u32::MAX, 0, Some(&field));
        assert_eq!((wide.size, wide.compressed_size, wide.offset), (7, 5, 9));
        assert!(!wide.lacks_zip64);
        assert!(widen(u32::MAX, u32::MAX, u32::MAX, 0, Some(&field)).lacks_zip64);
        assert!(widen(0, 0, u32::MAX, 0, None).lacks_zip64);
    }

    #[test]
    fn lengths_past_the_end_are_seen_and_padding_is_not() {
        assert!(Extra::parse(&[9, 0, 5, 0, 1]).overruns);
        assert!(Extra::parse(&[9, 0, 1]).overruns);
        assert!(!Extra::parse(&[9, 0, 1, 0, 1, 0, 0, 0]).overruns);
        assert_eq!(Extra::parse(&[9, 0, 0, 0, 1, 0, 1, 0, 5]).zip64, Some([5].as_slice()));
    }
}
