package main

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/publish"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

// hint is the one table from errors to the way out.
func hint(err error) string {
	var (
		p       problem
		wrong   usageError
		digest  *chart.DigestError
		version *chart.VersionError
		foreign *overlay.ForeignError
		moved   *overlay.MovedError
		drop    *dropError
		noRule  *noRuleError
		nobody  *nobodyError
		noKey   *secret.NoKeyError
		none    *noneSealedError
		agent   *deliveryError
		sealed  *sealedError

		state    *publish.StateError
		locked   *publish.LockedError
		refused  *publish.RefusedError
		access   *publish.AccessError
		identity *publish.IdentityError
		diverged *publish.DivergedError
		owned    *publish.ForeignError
		noName   *publish.NameError
		shallow  *publish.ShallowError
		unknown  *publish.UnfetchedError
		token    *publish.TokenError
		answer   *publish.ForgeError
	)
	switch {
	case errors.As(err, &p):
		return p.hint
	case errors.As(err, &wrong) && wrong.meant != "":
		return fmt.Sprintf("did you mean %q?", wrong.meant)
	case errors.As(err, &wrong):
		return "airstrip help lists the commands, airstrip COMMAND --help their flags"
	case errors.As(err, &digest):
		return "if the new archive is wanted, look at what changed and pin it with: airstrip lock DIR"
	case errors.As(err, &version):
		return "the digest is that of the other version; pin the one you want with: airstrip lock DIR"
	case errors.Is(err, chart.ErrOffline):
		return "render once with the network, or give the archive with --chart FILE"
	case errors.Is(err, chart.ErrUnauthorized):
		return "set AIRSTRIP_REPO_USERNAME and AIRSTRIP_REPO_PASSWORD, or for a registry: helm registry login"
	case errors.As(err, &foreign):
		return "airstrip runs no programs of the tree it renders; put its output into the tree instead"
	case errors.As(err, &moved):
		return "set metadata.name and metadata.namespace of the AirbyteRelease, and no namespace or namePrefix over it"
	case errors.As(err, &drop):
		return "if that is meant, add --allow-drop"
	case errors.As(err, &noRule):
		return "name them: spec.configSecret.recipients: {age: [age1…]}, or a creation rule in .sops.yaml; airstrip keygen makes a key"
	case errors.As(err, &nobody):
		return "there is nobody to ask: give them with --from-env-file FILE, --from-file KEY=PATH or --set KEY <FILE, or declare where the Secret comes from: spec.configSecret.backend"
	case errors.As(err, &noKey):
		return "name the file of your identity in SOPS_AGE_KEY_FILE; or have somebody who can open it add your public key and run airstrip seal"
	case errors.Is(err, secret.ErrTampered):
		return "restore the file from git, and see who changed it"
	case errors.As(err, &none):
		return "airstrip seal " + fn.Quoted(none.dir)
	case errors.As(err, &agent):
		return fmt.Sprintf("set spec.delivery: %s in it, and render it again", agent.wants)
	case errors.As(err, &sealed):
		return "add --plugin, whose plugin opens them; or have them made in the cluster: spec.configSecret.backend and spec.secrets, externalSecret or sealedSecret (docs/argocd.md)"
	case errors.Is(err, overlay.ErrNoGenerator):
		return "list the AirbyteRelease, or the folder that builds it, under generators:"
	case errors.As(err, &state):
		return state.Hint
	case errors.As(err, &locked) && locked.Ours == 0:
		return "wait for it; or, if no git is running in this repository, delete " + locked.Path
	case errors.As(err, &refused):
		return "if the branch is protected, propose the change: --pull-request github, gitlab or gitea"
	case errors.As(err, &access):
		return accessHints[access.Why]
	case errors.As(err, &identity):
		return "git config user.name NAME, and git config user.email ADDRESS; or set GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL"
	case errors.As(err, &diverged):
		return "git pull --rebase, and run it again"
	case errors.As(err, &owned):
		return "name another branch; airstrip writes to branches that it has begun, and to none else"
	case errors.As(err, &noName):
		return "choose another --branch, or give the overlay's folder a name that git takes"
	case errors.As(err, &shallow):
		return "git fetch --deepen=100, or git fetch --unshallow; in GitHub Actions fetch-depth: 0, in GitLab CI GIT_DEPTH: 0"
	case errors.As(err, &unknown) && isBranch(unknown.Ref):
		return unknown.Fetch()
	case errors.Is(err, publish.ErrNoRepository):
		return "git init, or git clone: what is committed is in a repository"
	case errors.As(err, &token):
		return token.Hint
	case errors.As(err, &answer):
		return answer.Hint
	case errors.Is(err, fn.ErrNoConfig):
		return "airstrip fn is run by kustomize; by hand it is: airstrip render -o - DIR"
	}
	return ""
}

// notInBranch is what no name of a branch has in it (git check-ref-format).
var notInBranch = regexp.MustCompile(`[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|^[-./]|[./]$|^@$|^HEAD$`)

// isBranch reports whether a branch may have that name.
func isBranch(name string) bool { return name != "" && !notInBranch.MatchString(name) }

// accessHints say what lets git in.
var accessHints = map[publish.Access]string{
	publish.Denied: "give git credentials for it: a credential helper (git help credentials), an ssh key, or GIT_ASKPASS; in CI a token with write access, " +
		"in GitHub Actions permissions: {contents: write} and actions/checkout with persist-credentials",
	publish.Missing:     "look at the address: git remote -v; to who may not see a repository a server says the same, so look at the credentials too, and at what they are for",
	publish.UnknownHost: "add the host's key, compared with what its owner publishes: ssh-keyscan HOST >> ~/.ssh/known_hosts",
	publish.Mismatched:  "one of the two repositories has SHA-256 ids, and the other SHA-1; an empty remote does not tell which: push a first commit to it",
	publish.Unreachable: "look at the network and at http_proxy, https_proxy and no_proxy; --retry-for says how long to try",
}
