package gitea

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// commit is the one that was printed.
func (got ran) commit() string { c, _, _ := strings.Cut(got.stdout, " "); return c }

func TestGitea(t *testing.T) {
	s := newServer(t)
	for _, tt := range []struct {
		name string
		test func(*testing.T, *repo)
	}{
		{"push", testPush},
		{"pull-request", testPullRequest},
		{"environments", testEnvironments},
		{"protected", testProtected},
		{"mistakes", testMistakes},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, newRepo(t, s, tt.name)) })
	}
}

// What is pushed is there, on top of what somebody else was faster with.
func testPush(t *testing.T, r *repo) {
	got := r.commit(t, "--push")
	if tip := r.branch(t, "main"); tip == "" || tip != got.commit() {
		t.Errorf("main is %s, printed was %q", tip, got.stdout)
	}
	for _, overlay := range []string{"aks", "eks-alb", "gke-nginx"} {
		const path = "rendered/%s/kustomization.yaml"
		data, err := os.ReadFile(filepath.Join(r.dir, fmt.Sprintf(path, overlay)))
		if err != nil {
			t.Fatal(err)
		}
		if on := r.file(t, "main", fmt.Sprintf(path, overlay)); on != string(data) {
			t.Errorf("%s: on the server is\n%s", overlay, on)
		}
	}
	if again := r.commit(t, "--push"); again.stdout != "" || r.branch(t, "main") != got.commit() {
		t.Errorf("nothing changed, and printed was %q", again.stdout)
	}

	r.change(t, "a.example.org")
	r.do(t, http.MethodPost, r.api("/contents/theirs.txt"), map[string]any{"branch": "main", "content": "MQo=", "message": "faster"})
	got = r.commit(t, "--push")
	if tip := r.branch(t, "main"); tip != got.commit() {
		t.Errorf("main is %s, printed was %q", tip, got.stdout)
	}
	if on := r.file(t, "main", "theirs.txt"); on != "1\n" {
		t.Errorf("theirs.txt is %q", on)
	}
	if on := r.file(t, "main", "rendered/aks/configmap-airbyte-airbyte-env.yaml"); !strings.Contains(on, "https://a.example.org") {
		t.Errorf("the ConfigMap is\n%s", on)
	}
}

// A branch that is protected refuses the push, and the way out leads there.
func testProtected(t *testing.T, r *repo) {
	before := r.branch(t, "main")
	r.do(t, http.MethodPost, r.api("/branch_protections"), map[string]any{"rule_name": "main", "enable_push": false})
	r.airstrip(t, "commit", "--push").refused(t,
		"airstrip: error: the remote refuses what is pushed to main: pre-receive hook declined\n",
		"airstrip: error: remote: error: Not allowed to push to protected branch main\nairstrip: hint: if the branch is protected, propose the change: --pull-request github, gitlab or gitea\n")
	if tip := r.branch(t, "main"); tip != before {
		t.Errorf("main is %s, and was %s", tip, before)
	}
	if tip := r.git(t, "rev-parse", "main"); tip != before {
		t.Errorf("main of the clone is %s, and was %s", tip, before)
	}
	r.commit(t, "--pull-request", "gitea")
	if open := r.pulls(t, "open"); len(open) != 1 || open[0].Base.SHA != before {
		t.Errorf("open are %+v", open)
	}
	// It is the protection that refuses: git alone is refused too, and not without it.
	r.git(t, "commit", "--quiet", "--allow-empty", "--message=control")
	if out, err := r.tryGit("push", "origin", "main"); err == nil {
		t.Errorf("git pushes to the protected branch:\n%s", out)
	}
	r.do(t, http.MethodDelete, r.api("/branch_protections/main"), nil)
	r.git(t, "push", "--quiet", "origin", "main")
}

// What is wrong with a token, a repository or an address is said, with what helps.
func testMistakes(t *testing.T, r *repo) {
	propose := []string{"commit", "--pull-request", "gitea", "overlays/aks"}
	r.airstripAs(t, r.token, "", propose...).refused(t, "there is no token: GITEA_TOKEN is not set", "hint: set it to one with repository: read and write, issue: read and write")
	r.airstripAs(t, "wr0ng-canary", r.token, propose...).refused(t, "Authentication failed", "hint: give git credentials for it")
	r.airstripAs(t, r.token, "wr0ng-canary", propose...).refused(t, "airstrip/render-main is pushed, and has no pull request: ", ": 401 Unauthorized: ", "hint: GITEA_TOKEN is not valid there")
	r.airstripAs(t, r.token, r.newToken(t, "read:repository"), propose...).refused(t, ": 403 Forbidden: ", "hint: the token of GITEA_TOKEN may not do that: it needs repository: read and write, issue: read and write")
	if all := r.pulls(t, "all"); len(all) != 0 {
		t.Errorf("pull requests: %+v", all)
	}

	// Somebody else's commit on airstrip's branch is not pushed over.
	const head = "airstrip/render-main"
	r.do(t, http.MethodPost, r.api("/contents/theirs.txt"), map[string]any{"branch": head, "content": "MQo=", "message": "mine"})
	tip := r.branch(t, head)
	r.change(t, "b.example.org")
	r.airstrip(t, propose...).refused(t, "branch "+head+": has commits of somebody else", "would be lost")
	if now := r.branch(t, head); now != tip {
		t.Errorf("%s is %s, and was %s", head, now, tip)
	}
	r.git(t, "push", "--quiet", "origin", ":"+head)

	// A repository of another name: git is led there, the token is not.
	r.do(t, http.MethodPatch, r.api(""), map[string]any{"name": "renamed"})
	r.airstrip(t, propose...).refused(t, "301 Moved Permanently", "hint: the repository has moved", "git remote set-url")
	r.git(t, "remote", "set-url", "origin", r.url+"/"+user+"/nowhere.git")
	r.airstrip(t, propose...).refused(t, user+"/nowhere.git/' not found", "hint: look at the address: git remote -v")
	r.airstrip(t, "commit", "--push", "overlays/aks").refused(t, user+"/nowhere.git: remote: Push to create is not enabled", "hint: look at the address: git remote -v")
}
