//! What was paid out, and whether it adds up.

use tauri::State;

use crate::dto::{AccountNumber, ErrorDto, SettlementDetailDto, SettlementListDto};
use crate::state::Shell;

/// The settlements that are known; with `refresh`, Paytrail is asked first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn settlements(
    shell: State<'_, Shell>,
    account: AccountNumber,
    refresh: bool,
) -> Result<SettlementListDto, ErrorDto> {
    if refresh {
        shell.try_keychain_again();
    }
    let office = shell.office().await?;
    Ok(office.settlements(account.into(), refresh).await?.into())
}

/// A settlement with its entries, and what does not add up.
#[tauri::command]
#[specta::specta]
pub(crate) async fn settlement(
    shell: State<'_, Shell>,
    account: AccountNumber,
    id: String,
) -> Result<SettlementDetailDto, ErrorDto> {
    let office = shell.office().await?;
    Ok((&office.settlement(account.into(), &id).await?).into())
}
