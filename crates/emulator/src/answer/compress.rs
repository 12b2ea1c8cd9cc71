//! Content encodings of the API.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use http::{HeaderMap, HeaderValue};

use super::{Answer, Payload};

/// Compresses JSON with the first encoding that the service uses and the caller accepts: deflate in
/// the zlib format (RFC 9110, 8.4.1.2), then gzip.
pub(crate) fn compress(answer: &mut Answer, request: &HeaderMap) {
    let Payload::Chunked(bytes) = &answer.payload else { return };
    let packed = if accepts(request, "deflate") {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).map(|packed| (packed, "deflate"))
    } else if accepts(request, "gzip") {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).map(|packed| (packed, "gzip"))
    } else {
        return;
    };
    if let Ok((packed, encoding)) = packed {
        answer.payload = Payload::Chunked(packed.into());
        answer.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        answer.headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
}

fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, ""));
            let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
            name.trim().eq_ignore_ascii_case(encoding)
                && weight.parse::<f64>().is_ok_and(|weight| weight > 0.0)
        })
    })
}
