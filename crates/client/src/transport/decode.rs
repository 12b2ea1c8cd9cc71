//! Removes a content encoding, once and within bounds.

use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use mde_forensics_core::{Code, Error};

/// Reusable zlib decoders; the service sends zlib. Creating a decoder costs more than decoding a
/// typical reply.
#[derive(Clone, Debug, Default)]
pub(super) struct Decoders(Arc<Mutex<Vec<Decoder>>>);

type Decoder = ZlibDecoder<Cursor<Vec<u8>>>;

impl Decoders {
    fn inflate(&self, body: Vec<u8>, likely: usize, limit: usize) -> Result<Vec<u8>, Error> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut decoder = kept.unwrap_or_else(|| ZlibDecoder::new(Cursor::default()));
        decoder.reset(Cursor::new(body));
        let body = inflate(&mut decoder, "deflate", likely, limit)?;
        decoder.reset(Cursor::default());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST_KEPT {
            kept.push(decoder);
        }
        Ok(body)
    }
}

/// Removes the body's content encoding (RFC 9110, 8.4).
///
/// `deflate` is read with and without its zlib header, since servers send both. Fails with
/// `invalid_encoding` for an encoding that was not requested, for several encodings, and for bytes
/// that do not match the encoding; with `too_large` if more than `limit` bytes come out.
pub(super) fn decode(
    decoders: &Decoders,
    headers: &HeaderMap,
    body: Vec<u8>,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let encoding = match (encodings.next(), encodings.next()) {
        (None, _) => return Ok(body),
        (Some(one), None) => one.to_str().unwrap_or("?").trim().to_ascii_lowercase(),
        (Some(_), Some(_)) => return Err(invalid("the reply has more than one content encoding")),
    };
    // A reply without a body keeps the header of the body that it would have had.
    if body.is_empty() {
        return Ok(body);
    }
    let likely = body.len().saturating_mul(PACKED).min(limit);
    match encoding.as_str() {
        "identity" | "" => Ok(body),
        "gzip" | "x-gzip" => inflate(MultiGzDecoder::new(&*body), &encoding, likely, limit),
        "deflate" if is_zlib(&body) => decoders.inflate(body, likely, limit),
        "deflate" => inflate(DeflateDecoder::new(&*body), &encoding, likely, limit),
        other => Err(invalid(format!("the reply's content encoding `{other}` was not asked for"))),
    }
}

/// The error for a body over the limit, in bytes.
pub(super) fn too_large(limit: usize) -> Error {
    Error::new(
        Code::TooLarge,
        format!("the reply is larger than the {limit} bytes that it may have"),
    )
}

fn inflate(
    decoder: impl Read,
    encoding: &str,
    likely: usize,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut body = Vec::with_capacity(likely);
    decoder.take(most).read_to_end(&mut body).map_err(|_| {
        invalid(format!("the reply says that it is {encoding}, and its bytes are not"))
    })?;
    if body.len() > limit {
        return Err(too_large(limit));
    }
    Ok(body)
}

/// Whether the first two bytes are a zlib header (RFC 1950, 2.2).
fn is_zlib(body: &[u8]) -> bool {
    match body {
        [cmf, flg, ..] => cmf & 0x0f == 8 && (u16::from(*cmf) << 8 | u16::from(*flg)) % 31 == 0,
        _ => false,
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidEncoding, message)
}

/// Each takes about 50 KB.
const MOST_KEPT: usize = 4;
/// The typical number of JSON bytes per compressed byte.
const PACKED: usize = 4;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn decode(headers: &HeaderMap, body: Vec<u8>, limit: usize) -> Result<Vec<u8>, Error> {
        super::decode(&Decoders::default(), headers, body, limit)
    }

    fn headers(encoding: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_ENCODING, encoding.parse().unwrap())])
    }

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_form_of_the_two_encodings_is_removed() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"value").unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(b"value").unwrap();

        assert_eq!(decode(&headers("gzip"), gzip(b"value"), 5).unwrap(), b"value");
        assert_eq!(decode(&headers("GZIP"), gzip(b"value"), 5).unwrap(), b"value");
        assert_eq!(decode(&headers("deflate"), zlib.finish().unwrap(), 5).unwrap(), b"value");
        assert_eq!(decode(&headers("deflate"), raw.finish().unwrap(), 5).unwrap(), b"value");
        assert_eq!(decode(&headers("identity"), b"value".to_vec(), 5).unwrap(), b"value");
        assert_eq!(decode(&HeaderMap::new(), b"value".to_vec(), 5).unwrap(), b"value");
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let bomb = gzip(&vec![0; 1 << 24]);
        assert!(bomb.len() < 65_536);
        assert_eq!(decode(&headers("gzip"), bomb, 1 << 20).unwrap_err().code(), Code::TooLarge);
    }

    #[test]
    fn what_is_not_the_encoding_is_refused() {
        let cut = gzip(b"a longer value that is cut off");
        for (encoding, body) in [
            ("gzip", b"not gzip".to_vec()),
            ("gzip", cut[..cut.len() - 9].to_vec()),
            ("deflate", b"\xff\xff\xff".to_vec()),
            ("br", b"value".to_vec()),
            ("gzip, gzip", gzip(b"value")),
        ] {
            let error = decode(&headers(encoding), body, 100).unwrap_err();
            assert_eq!(error.code(), Code::InvalidEncoding, "{encoding}");
        }
    }

    #[test]
    fn a_decoder_that_is_kept_knows_nothing_of_the_reply_before() {
        let zlib = |body: &[u8]| {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        };
        let decoders = Decoders::default();
        let cut = zlib(b"a longer value that is cut off");
        for (body, decoded) in [
            (zlib(b"one"), Some(&b"one"[..])),
            (cut[..cut.len() - 5].to_vec(), None),
            (zlib(b"another"), Some(b"another")),
            (zlib(&[b'x'; 101]), None),
            (zlib(b""), Some(b"")),
        ] {
            let found = super::decode(&decoders, &headers("deflate"), body, 100);
            assert_eq!(found.as_deref().ok(), decoded);
        }
    }
}
