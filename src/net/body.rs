//! Reading an answer's body within its bounds.
//!
//! reqwest's own decompression has no limit (half a megabyte of gzip became half a gigabyte,
//! tried), so Content-Encoding is undone here, and bytes are counted on both sides of it while
//! they stream: memory stays flat whatever is sent.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, TryStreamExt as _};
use reqwest::header::CONTENT_ENCODING;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::{Instant, timeout_at};
use tokio_util::io::StreamReader;

use super::{BYTES_IN_PATIENCE, Bounds, Error};
use crate::setting::Length;

/// How many times its size a body may become, once it is large at all.
const RATIO_MAX: u64 = 200;
/// Decoded bytes below which the ratio says nothing.
const RATIO_FROM: u64 = 1 << 20;
/// A zstd window of at most 8 MiB. Source: RFC 8878 §3.1.1.1.2, what decoders should support.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// Bytes read in one piece.
const PIECE: usize = 32 << 10;

/// Reads the whole body, decoded.
pub(super) async fn read(answer: reqwest::Response, bounds: Bounds) -> Result<Bytes, Error> {
    let encoding = answer.headers().get(CONTENT_ENCODING).cloned();
    let encoding = encoding.as_ref().map_or(Ok(""), |value| value.to_str()).unwrap_or("?");
    let encoding = encoding.trim().to_ascii_lowercase();
    let wire_total = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&wire_total);
    let stream = answer
        .bytes_stream()
        .inspect_ok(move |piece| {
            counter.fetch_add(piece.len() as u64, Ordering::Relaxed);
        })
        .map_err(|error| io::Error::other(super::said(&error)));
    let wire = StreamReader::new(stream.boxed());
    let decoded: Box<dyn AsyncRead + Send + Unpin> = match encoding.as_str() {
        "" | "identity" => Box::new(wire),
        "gzip" | "x-gzip" => Box::new(GzipDecoder::new(wire)),
        "deflate" => Box::new(ZlibDecoder::new(wire)),
        "br" => Box::new(BrotliDecoder::new(wire)),
        "zstd" => {
            let window = [DParameter::window_log_max(ZSTD_WINDOW_LOG_MAX)];
            Box::new(ZstdDecoder::with_params(wire, &window))
        }
        other => {
            let shown: String = other.chars().filter(char::is_ascii_graphic).take(40).collect();
            return Err(Error::Unreachable(format!("unknown encoding `{shown}`")));
        }
    };
    collect(decoded, &wire_total, bounds).await
}

async fn collect(
    decoded: impl AsyncRead,
    wire_total: &AtomicU64,
    bounds: Bounds,
) -> Result<Bytes, Error> {
    let mut decoded = pin!(decoded);
    let mut body = BytesMut::new();
    let mut patient_until = Instant::now() + bounds.patience;
    let mut wire_then = 0;
    loop {
        body.reserve(PIECE);
        let reading = timeout_at(patient_until, decoded.read_buf(&mut body)).await;
        let wire = wire_total.load(Ordering::Relaxed);
        let read = match reading {
            Ok(read) => read.map_err(|error| broken(&error))?,
            Err(_) if wire < wire_then + BYTES_IN_PATIENCE => {
                return Err(Error::Unreachable(format!(
                    "sends less than {} in {}",
                    shown(BYTES_IN_PATIENCE),
                    Length(bounds.patience)
                )));
            }
            Err(_) => {
                (patient_until, wire_then) = (Instant::now() + bounds.patience, wire);
                continue;
            }
        };
        let size = body.len() as u64;
        if wire > bounds.wire_bytes_max {
            return Err(Error::TooLarge(format!(
                "more than {} over the wire",
                shown(bounds.wire_bytes_max)
            )));
        }
        if size > bounds.decoded_bytes_max {
            return Err(Error::TooLarge(format!(
                "decodes to more than {}",
                shown(bounds.decoded_bytes_max)
            )));
        }
        if size > RATIO_FROM && size / wire.max(1) > RATIO_MAX {
            return Err(Error::TooLarge(format!("expands more than {RATIO_MAX}-fold")));
        }
        if read == 0 {
            return Ok(body.freeze());
        }
    }
}

/// A body that ends early is an error, never a short success.
fn broken(error: &io::Error) -> Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(said) => Error::Unreachable(said.to_string()),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::Unreachable("the body ends early".into())
        }
        None => Error::Unreachable("the body cannot be decoded".into()),
    }
}

fn shown(bytes: u64) -> String {
    match bytes {
        bytes if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => {
            format!("{} MiB", bytes >> 20)
        }
        bytes if bytes >= 1 << 10 && bytes.is_multiple_of(1 << 10) => {
            format!("{} KiB", bytes >> 10)
        }
        bytes => format!("{bytes} bytes"),
    }
}

/// Reads at most `max` bytes, up to where the body breaks, and leaves the rest on the wire.
pub(super) async fn read_some(answer: reqwest::Response, max: u64) -> Bytes {
    let mut stream = answer.bytes_stream();
    let mut body = BytesMut::new();
    while let Some(Ok(piece)) = stream.next().await {
        let left = usize::try_from(max).unwrap_or(usize::MAX).saturating_sub(body.len());
        body.extend_from_slice(&piece[..piece.len().min(left)]);
        if piece.len() >= left {
            break;
        }
    }
    body.freeze()
}
