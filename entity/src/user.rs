//! Somebody who signs in.
use sea_orm::entity::prelude::*;

/// Somebody who signs in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name to sign in with, as typed.
    #[sea_orm(column_type = "String(StringLen::N(150))")]
    pub username: String,
    /// The same, NFKC and lower case: unique whatever the case.
    #[sea_orm(column_type = "String(StringLen::N(150))", unique)]
    pub username_key: String,
    /// Address.
    #[sea_orm(column_type = "String(StringLen::N(254))", nullable)]
    pub email: Option<String>,
    /// First name.
    #[sea_orm(column_type = "String(StringLen::N(150))", nullable)]
    pub first_name: Option<String>,
    /// Last name.
    #[sea_orm(column_type = "String(StringLen::N(150))", nullable)]
    pub last_name: Option<String>,
    /// Hash in PHC format; starts with `!` where password sign-in is disabled.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub password: String,
    /// May sign in.
    #[sea_orm(default_value = true)]
    pub is_active: bool,
    /// May enter the admin.
    #[sea_orm(default_value = true)]
    pub is_staff: bool,
    /// Has every permission.
    #[sea_orm(default_value = false)]
    pub is_superuser: bool,
    /// When they last signed in.
    pub last_login: Option<DateTimeUtc>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
