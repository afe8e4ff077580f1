//! Enumerations that several tables share.
use sea_orm::entity::prelude::*;

/// What was being done when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Operation {
    /// Third-party copy between two storage elements.
    Transfer,
    /// The reaper asks the destination to unlink.
    Deletion,
    /// Recall from tape to disk.
    Staging,
    /// A job of the workload system.
    Workflow,
}

/// Whose fault something is said to be, by a person or by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Side {
    /// The storage that was read.
    Source,
    /// The storage that was written.
    Destination,
    /// Both storages.
    Both,
    /// The network between the two.
    Link,
    /// FTS or Rucio itself.
    Service,
    /// Nobody knows.
    Unknown,
}

/// Coarse kind of fault: the second level of statistics, above the category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "kebab-case")]
pub enum FaultKind {
    /// The endpoint cannot be reached or hangs up.
    Connection,
    /// The file is not where the catalogue says.
    FileMissing,
    /// Access is refused.
    Permission,
    /// The identity is not accepted.
    Authentication,
    /// The storage or its quota is full.
    NoSpace,
    /// The endpoint refuses more work.
    Overload,
    /// Nothing happened for too long.
    Timeout,
    /// Gave up while waiting for a turn.
    Queue,
    /// The bytes are not the expected ones.
    Checksum,
    /// A host name or site is not known.
    NameResolution,
    /// The two ends do not speak the same protocol.
    Protocol,
    /// The storage failed inside.
    Storage,
    /// None of these.
    Other,
}
