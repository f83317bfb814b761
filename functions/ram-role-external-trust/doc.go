// Package ramroleexternaltrust: roles let in no unknown account, and no identity provider without conditions.
//
// # What is wrong
//
// The trust policy of a RAM role lets in an account that is not on the list (accounts), or
// everybody there is; a service that acts for such an account; an identity provider with no
// condition on whom it vouches for; or an OIDC provider that many share, such as that of a
// code host, with no condition on oidc:sub. Whoever that is may do what the role may, without a
// key or a password of this account.
//
// Services are no strangers, and neither is the account itself. Accounts of one's own resource
// directory stand in the list; the management account is let in by
// ResourceDirectoryAccountAccessRole anyway.
//
// # What is done
//
// People are told, with the command that leaves these principals out of the trust policy. In the
// mode enforce it is run where the event has just made or changed the role; the undo sets the
// old text. A role that would be left with nobody, and a provider, are a person's to decide.
//
// # What may break
//
// Partners and programs in other accounts can no longer take the role. Sessions that they have
// already last until they expire.
//
// # References
//
// RAM API GetRole, ListRoles, UpdateRole (2015-05-01): a list of roles does not have their trust
// policies, so each is read. CIS Alibaba Cloud Foundation Benchmark, 2.10.
package ramroleexternaltrust
