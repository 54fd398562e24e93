//! A file as a stream of bytes: opened, decompressed by what it begins with, counted, guarded.

use super::error::ImportError;
use encoding_rs::{Encoding as Code, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;
use rules::Encoding;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that are read at a time.
const READ_BYTES: usize = 128 * 1_024;
/// Memory that a zstd file may ask for, as a power of two: 128 MiB, what zstd itself allows.
const ZSTD_WINDOW_LOG: u32 = 27;
/// A compressed byte may become so many. Exports become 10 to 50.
pub(super) const RATIO_MAX: u64 = 200;
/// Up to so many bytes nobody counts: a short file may be very alike.
const FREE_BYTES: u64 = 64 * 1_024 * 1_024;

/// A file that is open, and how far it has been read.
pub(crate) struct Opened {
    pub(crate) stream: Box<dyn BufRead + Send>,
    /// Bytes of the file that have been read, ahead of the rows by what is buffered.
    pub(super) bytes_read: Arc<AtomicU64>,
    /// Size of the file, where it has one: a pipe has none.
    pub(super) bytes_total: Option<u64>,
    /// Whether it was UTF-16.
    pub(crate) is_wide: bool,
}

/// Opens a file, compressed or not; its name does not matter. What is UTF-16 comes as UTF-8.
pub(crate) fn open(path: &Path, encoding: Encoding) -> Result<Opened, ImportError> {
    let fault = |error| ImportError::Open { path: path.to_owned(), error };
    let file = File::open(path).map_err(fault)?;
    let meta = file.metadata().map_err(fault)?;
    if meta.is_dir() {
        return Err(fault(io::Error::other("it is a folder")));
    }
    let bytes_read = Arc::new(AtomicU64::new(0));
    let mut counted = Counted { inner: file, bytes: Arc::clone(&bytes_read) };
    let mut head = Vec::new();
    counted.by_ref().take(4).read_to_end(&mut head).map_err(fault)?;
    let magic = head.clone();
    let raw = BufReader::with_capacity(READ_BYTES, Cursor::new(head).chain(counted));
    let mut stream: Box<dyn BufRead + Send> = match *magic.as_slice() {
        [0x1f, 0x8b, ..] => guarded(MultiGzDecoder::new(raw), &bytes_read),
        [0x28, 0xb5, 0x2f, 0xfd] => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(raw).map_err(fault)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(fault)?;
            guarded(decoder, &bytes_read)
        }
        [b'P', b'K', 3, 4] => {
            return Err(ImportError::NotText {
                path: path.to_owned(),
                found: "an archive or a spreadsheet",
                fix: "unpack it, or save the table as CSV",
            });
        }
        _ => Box::new(raw),
    };
    // Two bytes that stand in no text of another encoding.
    let wide = match stream.fill_buf().map_err(fault)? {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        _ if encoding == Encoding::Utf16 => Some(UTF_16LE),
        _ => None,
    };
    let is_wide = wide.is_some();
    if let Some(wide) = wide {
        stream = narrowed(stream, wide);
    }
    Ok(Opened { stream, bytes_read, bytes_total: meta.is_file().then_some(meta.len()), is_wide })
}

/// A stream of UTF-16 as UTF-8.
fn narrowed(stream: Box<dyn BufRead + Send>, code: &'static Code) -> Box<dyn BufRead + Send> {
    let decoder = DecodeReaderBytesBuilder::new().encoding(Some(code)).build(stream);
    Box::new(BufReader::with_capacity(READ_BYTES, decoder))
}

fn guarded(decoder: impl Read + Send + 'static, read: &Arc<AtomicU64>) -> Box<dyn BufRead + Send> {
    let guard = Guarded { inner: decoder, bytes_in: Arc::clone(read), bytes_out: 0 };
    Box::new(BufReader::with_capacity(READ_BYTES, guard))
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Stops a file that becomes far larger than text does: it would be a flood of bad rows.
struct Guarded<R> {
    inner: R,
    bytes_in: Arc<AtomicU64>,
    bytes_out: u64,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes_out += count as u64;
        let allowed = self.bytes_in.load(Ordering::Relaxed).saturating_mul(RATIO_MAX);
        if self.bytes_out > FREE_BYTES.max(allowed) {
            return Err(io::Error::other(Bomb));
        }
        Ok(count)
    }
}

/// The guard's word among errors of reading.
#[derive(Debug, thiserror::Error)]
#[error("grows too much")]
struct Bomb;

/// Whether the guard stopped the reading.
pub(super) fn is_bomb(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Bomb>())
}
