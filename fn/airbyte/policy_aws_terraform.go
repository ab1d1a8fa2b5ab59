package airbyte

import (
	"slices"
	"strings"
)

// AWSTerraform is [AWSPolicy] in Terraform's language: a policy for each
// workload, and the role that its ServiceAccount assumes, where it has one.
func AWSTerraform(ws []Workload) string {
	t := awsTerraform{policies: map[string]string{}}
	t.notes(AWSNotes(ws))
	members := make([]awsMember, len(ws))
	for i, name := range identifiers(ws) {
		members[i] = awsMember{ws[i], name}
	}
	for _, m := range members {
		t.variables(m)
	}
	for _, m := range members {
		t.policy(m)
	}
	for _, role := range awsRoles(members) {
		t.role(role)
	}
	return t.String()
}

type awsTerraform struct {
	terraform
	// policies names those that are written, by their text: what workloads have
	// in common is written once.
	policies map[string]string
}

// awsMember is a workload and what it is called in Terraform.
type awsMember struct {
	Workload
	name string
}

func (m awsMember) provider() string { return m.name + "_oidc_provider" }
func (m awsMember) cluster() string  { return m.name + "_cluster_name" }
func (m awsMember) policy() string   { return encoded(AWSPolicy([]Workload{m.Workload})) }

// variables are what no setting tells of a cluster.
func (t *awsTerraform) variables(m awsMember) {
	switch {
	case !m.AssumesRole():
	case m.Settings.WorkloadIdentity.Type == "irsa":
		t.variable(m.provider(), "OIDC provider of the cluster of "+m.Name+": its issuer without https://")
	default:
		t.variable(m.cluster(), "Name of the EKS cluster of "+m.Name)
	}
}

func (t *awsTerraform) policy(m awsMember) {
	text := m.policy()
	if t.policies[text] != "" {
		return
	}
	t.policies[text] = m.name
	t.block(block{"resource", []string{"aws_iam_policy", m.name}, [][]argument{
		{{"name", quote(iamName(m.name))}, {"description", quote("What Airbyte keeps in AWS: " + m.Name)}},
		{{"policy", text}},
	}, nil})
}

// iamName is what IAM calls a thing that no setting names.
func iamName(identifier string) string {
	return "airbyte-" + strings.ReplaceAll(strings.TrimPrefix(identifier, "airbyte_"), "_", "-")
}

// awsRoles gathers the workloads of each role. One that is not named is nobody
// else's.
func awsRoles(members []awsMember) [][]awsMember {
	var roles [][]awsMember
	for _, m := range members {
		if !m.AssumesRole() {
			continue
		}
		arn := m.Settings.WorkloadIdentity.RoleARN
		i := slices.IndexFunc(roles, func(r []awsMember) bool { return arn != "" && r[0].Settings.WorkloadIdentity.RoleARN == arn })
		if i < 0 {
			i = len(roles)
			roles = append(roles, nil)
		}
		roles[i] = append(roles[i], m)
	}
	return roles
}

// role writes a role, what it may do, and who assumes it.
func (t *awsTerraform) role(members []awsMember) {
	first := members[0]
	var ws []Workload
	for _, m := range members {
		ws = append(ws, m.Workload)
	}
	head := []argument{{"name", quote(iamName(first.name))}}
	if arn := first.Settings.WorkloadIdentity.RoleARN; arn != "" {
		_, path, _ := strings.Cut(arn, ":role/")
		cut := strings.LastIndex(path, "/") + 1
		head[0].value = quote(path[cut:])
		if cut > 0 {
			head = append(head, argument{"path", quote("/" + path[:cut])})
		}
	}
	t.block(block{"resource", []string{"aws_iam_role", first.name}, [][]argument{
		head,
		{{"assume_role_policy", encoded(trust(ws, func(i int) string { return ref("var." + members[i].provider()) }))}},
	}, nil})
	attached := map[string]bool{}
	for _, m := range members {
		policy := t.policies[m.policy()]
		if !attached[policy] {
			attached[policy] = true
			t.block(block{"resource", []string{"aws_iam_role_policy_attachment", m.name}, [][]argument{
				{{"role", "aws_iam_role." + first.name + ".name"}, {"policy_arn", "aws_iam_policy." + policy + ".arn"}},
			}, nil})
		}
	}
	for _, m := range members {
		if m.Settings.WorkloadIdentity.Type == "eks-pod-identity" {
			t.block(block{"resource", []string{"aws_eks_pod_identity_association", m.name}, [][]argument{{
				{"cluster_name", "var." + m.cluster()},
				{"namespace", quote(m.Namespace)},
				{"service_account", quote(m.serviceAccount())},
				{"role_arn", "aws_iam_role." + first.name + ".arn"},
			}}, nil})
		}
	}
}
