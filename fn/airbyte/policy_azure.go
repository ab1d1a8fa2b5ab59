package airbyte

import (
	"fmt"
	"slices"
	"strings"
)

// The role that Airbyte's guide asks for.
const (
	officerRole   = "Key Vault Secrets Officer"
	officerRoleID = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
)

// Template is an Azure Resource Manager template, for az deployment group create
// in the resource group of the vaults.
type Template struct {
	Schema         string               `json:"$schema"`
	ContentVersion string               `json:"contentVersion"`
	Parameters     map[string]Parameter `json:"parameters"`
	Resources      []RoleAssignment     `json:"resources"`
}

// Parameter is what a template is told when it is deployed.
type Parameter struct {
	Type     string            `json:"type"`
	Metadata map[string]string `json:"metadata"`
}

// RoleAssignment gives a role on a scope to a principal.
type RoleAssignment struct {
	Type       string            `json:"type"`
	APIVersion string            `json:"apiVersion"`
	Scope      string            `json:"scope"`
	Name       string            `json:"name"`
	Properties map[string]string `json:"properties"`
}

// AzurePolicy is what the workloads may do in Azure: one role on each vault.
func AzurePolicy(ws []Workload) Template {
	t := Template{
		Schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", ContentVersion: "1.0.0.0",
		Parameters: map[string]Parameter{}, Resources: []RoleAssignment{},
	}
	for _, v := range vaults(ws) {
		scope := fmt.Sprintf("resourceId('Microsoft.KeyVault/vaults', '%s')", v.name)
		principal := fmt.Sprintf("parameters('%s')", v.principal())
		t.Parameters[v.principal()] = Parameter{"string", map[string]string{"description": v.describe()}}
		t.Resources = append(t.Resources, RoleAssignment{
			Type: "Microsoft.Authorization/roleAssignments", APIVersion: "2022-04-01", Scope: "[" + scope + "]",
			// The name is one a deployment finds again.
			Name: fmt.Sprintf("[guid(%s, %s, '%s')]", scope, principal, officerRoleID),
			Properties: map[string]string{
				"roleDefinitionId": fmt.Sprintf("[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '%s')]", officerRoleID),
				"principalId":      "[" + principal + "]",
				"principalType":    "ServicePrincipal",
			},
		})
	}
	return t
}

// keyVault is a vault, and the first workload that uses it.
type keyVault struct {
	name, identifier, secret, key string
}

// principal names the object id of who is given the role. No setting tells it:
// they only say where the client's id is kept.
func (v keyVault) principal() string { return v.identifier + "_principal_id" }

func (v keyVault) describe() string {
	return fmt.Sprintf("Object id of the service principal whose client id is in the Secret %s, key %s", v.secret, v.key)
}

// vaults lists the vaults of workloads, each once: two assignments of one role to
// one principal would collide.
func vaults(ws []Workload) []keyVault {
	var list []keyVault
	names := identifiers(ws)
	for i, w := range ws {
		m := w.settings().SecretsManager
		if m == nil || clouds[m.Type] != Azure {
			continue
		}
		v := keyVault{vaultName(m.Azure), names[i], m.SecretName, m.Azure.ClientIDSecretKey}
		if !slices.ContainsFunc(list, func(o keyVault) bool { return strings.EqualFold(o.name, v.name) }) {
			list = append(list, v)
		}
	}
	return list
}

// AzureTerraform is the same in Terraform's language.
func AzureTerraform(ws []Workload) string {
	var t terraform
	t.notes(AzureNotes(ws))
	for _, v := range vaults(ws) {
		t.variable(v.identifier+"_resource_group", "Resource group of the vault "+v.name)
		t.variable(v.principal(), v.describe())
		t.block(block{"data", []string{"azurerm_key_vault", v.identifier}, [][]argument{
			{{"name", quote(v.name)}, {"resource_group_name", "var." + v.identifier + "_resource_group"}},
		}, nil})
		t.block(block{"resource", []string{"azurerm_role_assignment", v.identifier}, [][]argument{
			{{"scope", "data.azurerm_key_vault." + v.identifier + ".id"}, {"role_definition_name", quote(officerRole)}, {"principal_id", "var." + v.principal()}},
		}, nil})
	}
	return t.String()
}

// AzureNotes are what a reader of the policy has to know beside it.
func AzureNotes(ws []Workload) []string {
	var notes []string
	for _, w := range ws {
		s := w.settings()
		if t := s.Storage; t != nil && clouds[t.Type] == Azure {
			notes = append(notes, fmt.Sprintf("%s: Blob Storage needs no role: the connection string, in the Secret %s, key %s, holds the account's own key", w.Name, t.SecretName, t.Azure.ConnectionStringSecretKey))
		}
	}
	for _, v := range vaults(ws) {
		notes = append(notes, fmt.Sprintf("the vault %s has to have the permission model Azure role-based access control: with access policies roles do nothing", v.name))
	}
	return notes
}
