//! How the two databases are opened; every memory has a limit, and the sums are shown.

use std::path::{Path, PathBuf};

use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DB, DBCompressionType, DBRecoveryMode,
    Options,
};

use crate::Error;

/// Column families of `log/`.
pub(crate) const CHUNKS: &str = "chunks";
pub(crate) const TABLES: &str = "tables";
pub(crate) const META: &str = "meta";

/// Limits of the embedded log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// Whether commits are synced. `false` loses accepted records with the power: controls only.
    pub sync: bool,
    /// Bytes that may wait for a group commit before callers are told to retry.
    pub queue_bytes_max: usize,
    /// Bytes that must be free on the disk for an append: below that only tasks may commit.
    pub free_bytes_min: u64,
    /// Bytes that one group commit writes at most, unless one transaction alone is larger.
    pub group_bytes_max: usize,
    /// Bytes of the block cache.
    pub cache_bytes: usize,
    /// Bytes of all write buffers together.
    pub write_buffer_bytes: usize,
}

impl Default for LogOptions {
    /// 64 MiB queue, 16 MiB group, 64 MiB cache, 128 MiB buffers: at most 272 MiB. On the disk 256
    /// MiB stay free: for the buffers of both databases, which become files, and as much again.
    fn default() -> Self {
        LogOptions {
            sync: true,
            queue_bytes_max: 64 << 20,
            free_bytes_min: 256 << 20,
            group_bytes_max: 16 << 20,
            cache_bytes: 64 << 20,
            write_buffer_bytes: 128 << 20,
        }
    }
}

/// Limits of the store of states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// Bytes of the block cache, shared by all tasks.
    pub cache_bytes: usize,
    /// Bytes of all write buffers together.
    pub write_buffer_bytes: usize,
}

impl Default for StoreOptions {
    /// 128 MiB cache and 64 MiB buffers.
    fn default() -> Self {
        StoreOptions { cache_bytes: 128 << 20, write_buffer_bytes: 64 << 20 }
    }
}

/// Makes the data folder and answers the path of one database in it.
pub(crate) fn database_folder(folder: &Path, name: &str) -> Result<PathBuf, Error> {
    let refuse = |detail: String| Error::Folder { folder: folder.to_path_buf(), detail };
    if let Err(error) = std::fs::create_dir(folder)
        && !folder.is_dir()
    {
        return Err(refuse(format!("it cannot be made: {error}; make its parent folder first")));
    }
    let path = folder.join(name);
    if let Err(error) = std::fs::create_dir(&path)
        && !path.is_dir()
    {
        return Err(refuse(format!("{name} cannot be made in it: {error}; is it read-only?")));
    }
    // RocksDB makes durable what is in its folder, not the folder itself.
    let synced = std::fs::File::open(folder).and_then(|opened| opened.sync_all());
    synced.map_err(|error| refuse(format!("its entries cannot be synced: {error}")))?;
    Ok(path)
}

/// Opens `log/`.
pub(crate) fn open_log(path: &Path, limits: &LogOptions) -> Result<DB, Error> {
    let mut options = base(limits.write_buffer_bytes);
    options.create_missing_column_families(true);
    // A torn end is what a crash leaves; damage before the end is refused, never skipped.
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_max_total_wal_size(limits.write_buffer_bytes as u64 * 2);
    // Each write-ahead log names the end of the one before: a copy with a hole between is refused.
    let options = options
        .get_options_from_string("track_and_verify_wals=true")
        .map_err(|error| Error::opening(path, &error))?;
    let cache = Cache::new_lru_cache(limits.cache_bytes);
    let families = [CHUNKS, TABLES, META].map(|name| {
        let mut family = family(limits.write_buffer_bytes, &cache);
        family.set_compression_type(DBCompressionType::Lz4);
        ColumnFamilyDescriptor::new(name, family)
    });
    DB::open_cf_descriptors(&options, path, families).map_err(|error| Error::opening(path, &error))
}

/// Opens `state/`.
pub(crate) fn open_state(path: &Path, limits: &StoreOptions) -> Result<DB, Error> {
    let cache = Cache::new_lru_cache(limits.cache_bytes);
    let mut options = family(limits.write_buffer_bytes, &cache);
    options.create_if_missing(true);
    options.set_db_write_buffer_size(limits.write_buffer_bytes);
    options.set_keep_log_file_num(3);
    options.set_compression_type(DBCompressionType::Lz4);
    DB::open(&options, path).map_err(|error| Error::opening(path, &error))
}

fn base(write_buffer_bytes: usize) -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.set_db_write_buffer_size(write_buffer_bytes);
    options.set_keep_log_file_num(3);
    options
}

fn family(write_buffer_bytes: usize, cache: &Cache) -> Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_bloom_filter(10.0, false);
    let mut options = Options::default();
    options.set_block_based_table_factory(&table);
    options.set_write_buffer_size(write_buffer_bytes / 2);
    options
}
