package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
)

// policyOptions are the flags of policy.
type policyOptions struct {
	source
	format string
	// trust asks for who may assume the role in place of what the role may do.
	trust bool
}

func (o *policyOptions) AddFlags(f *pflag.FlagSet) {
	o.source.AddFlags(f)
	f.StringVar(&o.format, "format", "json", "json or terraform")
}

// policyCloud is one cloud and how its rights are written.
type policyCloud struct {
	airbyte.Cloud
	short, example, long string
	json                 func([]airbyte.Workload) any
	terraform            func([]airbyte.Workload) string
	notes                func([]airbyte.Workload) []string
}

var policyClouds = []policyCloud{
	{
		airbyte.AWS, "Print the IAM policy that overlays need",
		`  airstrip policy aws overlays/eks-alb > policy.json
  aws iam create-policy --policy-name airbyte --policy-document file://policy.json

  airstrip policy aws --trust overlays/eks-alb              # who may assume the role
  airstrip policy aws --format terraform overlays/eks-* > iam.tf`,
		`Objects in the buckets of spec.storage, secrets of spec.secretsManager that are
Airbyte's by name and tag, and the KMS key if there is one. JSON is one policy
document for all overlays together; --trust prints the trust policy of the role
instead, in which OIDC_PROVIDER stands for the issuer of the cluster without
https://. Terraform holds both, and for EKS Pod Identity the association.`,
		func(ws []airbyte.Workload) any { return airbyte.AWSPolicy(ws) }, airbyte.AWSTerraform, airbyte.AWSNotes,
	},
	{
		airbyte.GCP, "Print the IAM bindings that overlays need",
		`  airstrip policy gcp overlays/gke-nginx
  airstrip policy gcp --format terraform overlays/gke-nginx > iam.tf`,
		`One role on each bucket of spec.storage and one on the project of
spec.secretsManager, with the condition that secrets are Airbyte's by name. JSON
is the bindings of each resource, in which SERVICE_ACCOUNT_EMAIL stands for an
account that no setting names. Airbyte itself needs the JSON key of that account.`,
		func(ws []airbyte.Workload) any { return airbyte.GCPPolicy(ws) }, airbyte.GCPTerraform, airbyte.GCPNotes,
	},
	{
		airbyte.Azure, "Print the role assignments that overlays need",
		`  airstrip policy azure overlays/aks > roles.json
  az deployment group create --resource-group vaults --template-file roles.json \
    --parameters aks_principal_id=00000000-0000-0000-0000-000000000000

  airstrip policy azure --format terraform overlays/aks > roles.tf`,
		`The role Key Vault Secrets Officer on the vault of spec.secretsManager. Blob
Storage needs none: Airbyte reaches it with a connection string. JSON is a Resource
Manager template for the resource group of the vault.`,
		func(ws []airbyte.Workload) any { return airbyte.AzurePolicy(ws) }, airbyte.AzureTerraform, airbyte.AzureNotes,
	},
}

func newPolicy(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Print the cloud rights that overlays need, and no others",
		Example: `  airstrip policy aws overlays/eks-alb                       # an IAM policy
  airstrip policy gcp --format terraform overlays/gke-nginx  # bindings, for Terraform
  airstrip policy azure overlays/aks                         # a Resource Manager template`,
		Long: `What an overlay keeps in a cloud is read from its settings, with their defaults:
spec.storage, spec.secretsManager, spec.workloadIdentity. What spec.values and
valuesFiles configure is not seen.

` + exitStatus,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{message: "airstrip policy: name a cloud: aws, gcp or azure"}
			}
			return choice("cloud", args[0], commandNames(cmd)...)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, c := range policyClouds {
		cmd.AddCommand(newPolicyOf(t, c))
	}
	return cmd
}

func newPolicyOf(t *terminal, c policyCloud) *cobra.Command {
	var o policyOptions
	cmd := &cobra.Command{
		Use: string(c.Cloud) + " DIR...", Short: c.short, Example: c.example,
		Long: c.long + "\n\n" + environment + exitStatus,
		Args: overlays,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, c, args) },
	}
	o.AddFlags(cmd.Flags())
	if c.Cloud == airbyte.AWS {
		cmd.Flags().BoolVar(&o.trust, "trust", false, "print the trust policy of the role that the overlays name")
	}
	return cmd
}

func (o *policyOptions) run(ctx context.Context, t *terminal, c policyCloud, dirs []string) error {
	if err := choice("--format", o.format, "json", "terraform"); err != nil {
		return err
	}
	if o.trust && o.format == "terraform" {
		return usageError{message: "--trust prints JSON; what --format terraform prints holds the trust policy already"}
	}
	options, err := o.options()
	if err != nil {
		return err
	}
	options.Draft = true // its Secrets need not be there yet
	results, err := build(ctx, t, dirs, options, runtime.NumCPU())
	if err != nil {
		return err
	}
	workloads, err := o.workloads(c.Cloud, dirs, results)
	if err != nil {
		return err
	}
	t.warn(overruled(results))
	if o.trust {
		return printTrust(t, workloads)
	}
	for _, n := range c.notes(workloads) {
		fmt.Fprintf(t.err, "airstrip: note: %s\n", n)
	}
	if o.format == "json" {
		return writeJSON(t.out, c.json(workloads))
	}
	_, err = io.WriteString(t.out, c.terraform(workloads))
	return err
}

// workloads lists the releases that use the cloud. An overlay of which none does
// is an error, as is a name that no policy may hold.
func (o *policyOptions) workloads(c airbyte.Cloud, dirs []string, results []*overlay.Result) ([]airbyte.Workload, error) {
	var all []airbyte.Workload
	var errs []error
	for i, r := range results {
		name := overlayName(dirs[i])
		var without []error
		used := false
		for _, config := range r.Releases {
			w := airbyte.Workload{Name: name, Namespace: config.Namespace, Generation: generation(config), Settings: &config.Settings}
			if len(r.Releases) > 1 {
				w.Name += "-" + config.Name
			}
			err := policyError(dirs[i], w.CheckPolicy(c))
			switch {
			case !w.Uses(c):
				without = append(without, err)
			case err != nil:
				errs = append(errs, err)
				fallthrough
			default:
				used = true
				all = append(all, w)
			}
		}
		if !used {
			errs = append(errs, without...)
		}
	}
	return all, errors.Join(errs...)
}

// overlayName is what an overlay is called: the name of its folder.
func overlayName(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return filepath.Base(dir)
}

// generation tells it as far as the config does. Of a chart from a path it does
// by what is set: only the chart of a data plane has no role to play.
func generation(c *fn.Config) airbyte.Generation {
	if c.Chart.Path != "" && c.DataPlane != nil && c.DataPlane.Role == "" {
		return airbyte.DataPlane
	}
	return airbyte.Of(c.Chart.Name, c.Chart.Version).Generation
}

func policyError(dir string, problems []airbyte.Problem) error {
	var errs []error
	for _, p := range problems {
		line := dir + ": " + p.Message
		if p.Field != "" {
			line = fmt.Sprintf("%s: spec.%s: %s", dir, p.Field, p.Message)
		}
		hint := p.Hint
		if strings.HasPrefix(hint, "airstrip policy ") {
			hint += " " + dir
		}
		errs = append(errs, problem{line, hint})
	}
	return errors.Join(errs...)
}

// overruled are the findings that make a policy doubtful: a value that wins over
// a setting.
func overruled(results []*overlay.Result) []manifest.Finding {
	var findings []manifest.Finding
	for _, r := range results {
		for _, f := range r.Findings {
			if f.Code == "setting-overruled" {
				findings = append(findings, f)
			}
		}
	}
	return findings
}

// printTrust prints the trust policy of one role.
func printTrust(t *terminal, ws []airbyte.Workload) error {
	role := ""
	for i, w := range ws {
		if !w.AssumesRole() {
			return problem{
				w.Name + ": no role to assume: spec.workloadIdentity is neither irsa nor eks-pod-identity",
				"with access keys, attach the policy to the user they belong to",
			}
		}
		arn := w.Settings.WorkloadIdentity.RoleARN
		if i > 0 && arn != role {
			return problem{
				fmt.Sprintf("--trust prints the trust policy of one role, and %s has another than %s", w.Name, ws[0].Name),
				"print them one by one, or all with --format terraform",
			}
		}
		role = arn
	}
	doc := airbyte.AWSTrust(ws)
	for _, s := range doc.Statement {
		if s.Principal["Federated"] != "" {
			fmt.Fprintf(t.err, "airstrip: note: replace %s with what this prints, without https://: aws eks describe-cluster --name CLUSTER --query cluster.identity.oidc.issuer --output text\n", airbyte.OIDCProvider)
			break
		}
	}
	return writeJSON(t.out, doc)
}
