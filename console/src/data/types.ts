// API types that the console uses.
export interface User { id: string; email: string; email_verified: boolean; name: string; created_at: string }
export interface Account { id: string; kind: "personal" | "team"; name: string; owner: string; role: string; version: number; created_at: string }
export interface Membership { account: Account; role: string }
export interface Me { user: User; memberships: Membership[]; active_account: string; more_memberships: boolean }
export interface Member { user: { id: string; name: string; email: string }; role: string; joined_at: string }
export interface Invitation { id: string; account: string; email: string; role: string; state: string; link?: string; expires_at: string | null; invited_by: string; created_at: string }
export interface InvitationPreview { account: { name: string }; role: { code: string; title: string; permissions: string[] }; inviter: { name: string }; email?: string; email_hint: string; expires_at: string | null; state: "pending" | "accepted" | "declined" | "revoked" | "expired" }
export interface Role { code: string; title: string; built_in: boolean; overrides_built_in?: boolean; permissions: string[] }
export interface Session { id: string; current: boolean; user_agent: string; created_at: string; last_seen_at: string }
export interface PlannedChange { action: string; resource: { type: string; id: string }; detail: string }
export interface AuditEvent { id: string; seq: number; at: string; actor: { type: string; id: string; name: string }; action: string; resource: { type: string; id: string }; outcome: "done" | "denied"; data: Record<string, unknown>; request_id: string; prev_hash: string | null; hash: string | null }
export interface AuditFilter { actor?: string; action?: string; resource_type?: string; resource_id?: string; from?: string; to?: string }
export interface PolicyPermission { code: string; title: string; description: string; resource: string; actions: string[] }
export interface PolicyRoute { method: string; path: string; permission: string; freshness?: string }
export interface Policy { version: number; permissions: PolicyPermission[]; roles: { code: string; title: string; permissions: string[] }[]; routes: PolicyRoute[] }
export interface Problem { type: string; title: string; status: number; detail: string; code: string; errors?: { pointer: string; code: string; detail: string }[]; denial?: { permission: string; role: string; granted_by: string[] } }
export interface List<T> { items: T[]; next_cursor: string | null }
export interface ApiKey { id: string; account: string; name: string; permissions: string[]; resources: string[]; created_by: string; created_at: string; expires_at: string | null; last_used_at: string | null }
