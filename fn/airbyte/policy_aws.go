package airbyte

import (
	"fmt"
	"strings"
)

// Document is an IAM policy, as aws iam create-policy takes it.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement is one permission of an IAM policy.
type Statement struct {
	Sid       string `json:",omitempty"`
	Effect    string
	Principal map[string]string `json:",omitempty"`
	Action    []string
	Resource  []string                       `json:",omitempty"`
	Condition map[string]map[string][]string `json:",omitempty"`
}

func document(s ...Statement) Document { return Document{Version: "2012-10-17", Statement: s} }

// managedTag is the tag that Airbyte's guide tells its secrets by.
const managedTag = "AirbyteManaged"

// secretPrefix begins the name of every secret that Airbyte makes, in any
// secrets manager.
const secretPrefix = "airbyte_"

// OIDCProvider stands in a trust policy for the OIDC provider of the cluster,
// which no setting names.
const OIDCProvider = "OIDC_PROVIDER"

// AWSPolicy is what the workloads may do in AWS, together. It holds what
// Airbyte's guide asks for, as far as Airbyte calls it, on the resources of
// these settings and no others.
func AWSPolicy(ws []Workload) Document {
	var u awsUse
	for _, w := range ws {
		u.add(w.settings())
	}
	doc := document()
	allow := func(sid string, actions, resources []string, conditions map[string]map[string][]string) {
		if resources = unique(resources); len(resources) > 0 {
			doc.Statement = append(doc.Statement, Statement{Sid: sid, Effect: "Allow", Action: actions, Resource: resources, Condition: conditions})
		}
	}
	allow("AirbyteBuckets", []string{"s3:GetBucketLocation", "s3:ListBucket"}, u.buckets, nil)
	allow("AirbyteObjects", []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, u.objects, nil)
	// The guide's condition holds for a secret without the tag too: ForAllValues
	// asks nothing of a key that is absent. It has to, since a secret that is not
	// there yet has no tags. What keeps other secrets apart is the name.
	allow("AirbyteSecrets", secretActions, u.secrets, map[string]map[string][]string{
		"ForAllValues:StringEquals": {"secretsmanager:ResourceTag/" + managedTag: {"true"}},
	})
	via := map[string][]string{"kms:ViaService": unique(u.via)}
	use := []string{"kms:Decrypt", "kms:GenerateDataKey"}
	allow("AirbyteSecretsKey", use, u.keys, map[string]map[string][]string{"StringLike": via})
	// An alias as a resource would be the alias, and not the key behind it.
	allow("AirbyteSecretsKeyAlias", use, u.aliased, map[string]map[string][]string{
		"ForAnyValue:StringEquals": {"kms:ResourceAliases": unique(u.aliases)}, "StringLike": via,
	})
	return doc
}

// secretActions are those of the guide without ListSecrets, which Airbyte does
// not call and which can only be allowed for all secrets, and with DeleteSecret:
// without it the secrets of a connector outlive the connector.
var secretActions = []string{
	"secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:DescribeSecret",
	"secretsmanager:GetSecretValue", "secretsmanager:TagResource", "secretsmanager:UpdateSecret",
}

// awsUse gathers the resources of settings, as ARNs.
type awsUse struct{ buckets, objects, secrets, keys, aliased, aliases, via []string }

func (u *awsUse) add(s *Settings) {
	if t := s.Storage; t != nil && clouds[t.Type] == AWS {
		for _, b := range t.named() {
			arn := fmt.Sprintf("arn:%s:s3:::%s", partition(t.S3.Region), b.name)
			u.buckets, u.objects = append(u.buckets, arn), append(u.objects, arn+"/*")
		}
	}
	m := s.SecretsManager
	if m == nil || clouds[m.Type] != AWS {
		return
	}
	u.secrets = append(u.secrets, fmt.Sprintf("arn:%s:secretsmanager:%s:%s:secret:%s*", partition(m.AWS.Region), m.AWS.Region, s.awsAccount(), secretPrefix))
	key := m.AWS.KMSKeyARN
	if key == "" {
		return
	}
	// The rest of the host name differs by partition.
	u.via = append(u.via, fmt.Sprintf("secretsmanager.%s.*", m.AWS.Region))
	if front, name, ok := strings.Cut(key, ":alias/"); ok {
		u.aliased, u.aliases = append(u.aliased, front+":key/*"), append(u.aliases, "alias/"+name)
	} else {
		u.keys = append(u.keys, key)
	}
}

// awsAccount is the account that the settings give away, or a star. The role
// comes first: a key can be another account's.
func (s *Settings) awsAccount() string {
	var arns []string
	if w := s.WorkloadIdentity; w != nil {
		arns = append(arns, w.RoleARN)
	}
	if m := s.SecretsManager; m != nil && m.AWS != nil {
		arns = append(arns, m.AWS.KMSKeyARN)
	}
	for _, arn := range arns {
		if part := strings.SplitN(arn, ":", 6); len(part) == 6 {
			return part[4]
		}
	}
	return "*"
}

// partition is the part of AWS that a region is in.
func partition(region string) string {
	for _, p := range []struct{ prefix, name string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-isob-", "aws-iso-b"}, {"us-iso-", "aws-iso"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.name
		}
	}
	return "aws"
}

// AssumesRole reports whether the workload reaches AWS with an IAM role of its
// ServiceAccount.
func (w Workload) AssumesRole() bool {
	i := w.Settings.WorkloadIdentity
	return i != nil && (i.Type == "irsa" || i.Type == "eks-pod-identity")
}

// AWSTrust says that the workloads, which are of one role, may assume it. The
// OIDC provider of irsa is [OIDCProvider].
func AWSTrust(ws []Workload) Document {
	return trust(ws, func(int) string { return OIDCProvider })
}

// trust names the OIDC provider of each workload by its place.
func trust(ws []Workload, provider func(i int) string) Document {
	doc := document()
	podIdentity := false
	for i, w := range ws {
		switch {
		case !w.AssumesRole():
		case w.Settings.WorkloadIdentity.Type == "irsa":
			role := strings.SplitN(w.Settings.WorkloadIdentity.RoleARN, ":", 6)
			name := provider(i)
			doc.Statement = append(doc.Statement, Statement{
				Effect:    "Allow",
				Principal: map[string]string{"Federated": fmt.Sprintf("arn:%s:iam::%s:oidc-provider/%s", role[1], role[4], name)},
				Action:    []string{"sts:AssumeRoleWithWebIdentity"},
				Condition: map[string]map[string][]string{"StringEquals": {
					name + ":aud": {"sts.amazonaws.com"},
					name + ":sub": {fmt.Sprintf("system:serviceaccount:%s:%s", w.Namespace, w.serviceAccount())},
				}},
			})
		case !podIdentity:
			podIdentity = true // whose Pods is said by the association
			doc.Statement = append(doc.Statement, Statement{
				Effect: "Allow", Principal: map[string]string{"Service": "pods.eks.amazonaws.com"}, Action: []string{"sts:AssumeRole", "sts:TagSession"},
			})
		}
	}
	return doc
}

// AWSNotes are what a reader of the policy has to know beside it.
func AWSNotes(ws []Workload) []string {
	var notes []string
	for _, w := range ws {
		s := w.settings()
		var keys []string
		if t := s.Storage; t != nil && clouds[t.Type] == AWS && t.S3.Authentication == "credentials" {
			keys = append(keys, "storage.s3")
		}
		m := s.SecretsManager
		manager := m != nil && clouds[m.Type] == AWS
		if manager && m.AWS.Authentication == "credentials" {
			keys = append(keys, "secretsManager.aws")
		}
		if len(keys) > 0 {
			notes = append(notes, fmt.Sprintf("%s: %s: Airbyte logs in with access keys from the Secret: the policy has to be attached to the user they belong to", w.Name, strings.Join(keys, ", ")))
		}
		if manager && s.awsAccount() == "*" {
			notes = append(notes, w.Name+": no setting names the account, a star stands for it; workloadIdentity.roleArn and secretsManager.aws.kmsKeyArn would")
		}
	}
	return append(notes, "the AWS Load Balancer Controller needs rights of its own, which AWS publishes with each release: docs/install/iam_policy.json in github.com/kubernetes-sigs/aws-load-balancer-controller")
}
