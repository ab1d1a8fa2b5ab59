package airbyte

// Settings are the part of spec that configures Airbyte. A section that is
// absent is left to the chart's defaults.
//
// The tag default is filled in once its section is present. Names of Secrets
// default to that of configSecret, names of keys to those of Airbyte's guide,
// so that one Secret serves all.
type Settings struct {
	// ConfigSecret is the name of the Secret that other sections take their keys
	// from; empty stands for [DefaultSecret].
	ConfigSecret string `json:"-"`

	Edition          string            `json:"edition,omitempty" doc:"Edition of Airbyte; enterprise is Self-Managed Enterprise and needs a license key." enum:"community,enterprise"`
	URL              string            `json:"url,omitempty" doc:"Where people reach Airbyte: scheme and host, no path, equal to the host of the ingress. For a data plane: the URL of its control plane." example:"https://airbyte.example.com"`
	License          *License          `json:"license,omitempty" doc:"Where the license key of the enterprise edition is kept. Defaults apply without it."`
	Auth             *Auth             `json:"auth,omitempty" doc:"Who may log in: the first administrator and an identity provider."`
	Database         *Database         `json:"database,omitempty" doc:"The PostgreSQL database of Airbyte, its own or an external one."`
	Storage          *Storage          `json:"storage,omitempty" doc:"Where logs, state and the output of jobs are kept."`
	SecretsManager   *SecretsManager   `json:"secretsManager,omitempty" doc:"Where the credentials of sources and destinations are kept, instead of the database. Changing it breaks the connectors that exist."`
	Images           *Images           `json:"images,omitempty" doc:"Where images come from."`
	ServiceAccount   *ServiceAccount   `json:"serviceAccount,omitempty" doc:"The ServiceAccount that Airbyte and its jobs run as."`
	WorkloadIdentity *WorkloadIdentity `json:"workloadIdentity,omitempty" doc:"The cloud identity of the ServiceAccount."`
	DataPlane        *DataPlaneOptions `json:"dataPlane,omitempty" doc:"A data plane in a region of its own: with the chart airbyte-data-plane what it needs to reach its control plane; with the chart airbyte which part this release plays."`
	AuditLog         string            `json:"auditLog,omitempty" doc:"Whether changes are logged to the bucket storage.buckets.auditLogging (enterprise)." enum:"enabled,disabled"`
	Env              map[string]string `json:"env,omitempty" doc:"Environment variables of every component that takes them, by name. One of a component wins."`
	SecretEnv        map[string]KeyRef `json:"secretEnv,omitempty" doc:"Environment variables of every component that takes them, from Secrets, by name."`
	Jobs             *Jobs             `json:"jobs,omitempty" doc:"The Pods that run syncs, checks and discoveries."`
	Components       *Components       `json:"components,omitempty" doc:"What differs by component."`
}

// DefaultSecret is the Secret that Airbyte's guide keeps credentials in.
const DefaultSecret = "airbyte-config-secrets"

// KeyRef is a key of a Secret.
type KeyRef struct {
	SecretName string `json:"secretName,omitempty" doc:"Secret that holds the key. Default: that of configSecret."`
	Key        string `json:"key" doc:"Key in the Secret." required:"true"`
}

// License is the license of the enterprise edition.
type License struct {
	SecretName string `json:"secretName,omitempty" doc:"Secret that holds the license key. Default: that of configSecret."`
	SecretKey  string `json:"secretKey,omitempty" doc:"Key that holds the license key." default:"license-key"`
}

// Auth is how people log in.
type Auth struct {
	SecretName            string         `json:"secretName,omitempty" doc:"Secret that holds the keys below. Default: that of configSecret."`
	JWTSignatureSecretKey string         `json:"jwtSignatureSecretKey,omitempty" doc:"Key that holds the secret with which sessions are signed. The chart asks for it as soon as the instance admin comes from a Secret." default:"jwt-signature-secret"`
	InstanceAdmin         *InstanceAdmin `json:"instanceAdmin,omitempty" doc:"The first administrator."`
	OIDC                  *OIDC          `json:"oidc,omitempty" doc:"Single sign-on through Keycloak, which comes with it (enterprise). genericOidc needs no Keycloak and is recommended."`
	GenericOIDC           *GenericOIDC   `json:"genericOidc,omitempty" doc:"Single sign-on with any OIDC provider, without Keycloak (enterprise; chart V2)."`
	Keycloak              *Keycloak      `json:"keycloak,omitempty" doc:"The Keycloak that oidc brings. Defaults apply without it."`
}

// InstanceAdmin is the first administrator.
type InstanceAdmin struct {
	FirstName             string `json:"firstName,omitempty" doc:"First name."`
	LastName              string `json:"lastName,omitempty" doc:"Last name."`
	EmailSecretKey        string `json:"emailSecretKey,omitempty" doc:"Key that holds the e-mail address. Chart V2 asks for it with oidc only." default:"instance-admin-email"`
	PasswordSecretKey     string `json:"passwordSecretKey,omitempty" doc:"Key that holds the password." default:"instance-admin-password"`
	ClientIDSecretKey     string `json:"clientIdSecretKey,omitempty" doc:"Key that holds the client id of the administrator's API application." default:"instance-admin-client-id"`
	ClientSecretSecretKey string `json:"clientSecretSecretKey,omitempty" doc:"Key that holds the client secret of the administrator's API application." default:"instance-admin-client-secret"`
}

// OIDC is single sign-on through Keycloak.
type OIDC struct {
	Domain                string `json:"domain" doc:"Domain of the identity provider." required:"true" example:"example.okta.com"`
	AppName               string `json:"appName" doc:"Name of the application at the identity provider; part of the redirect URI." required:"true"`
	DisplayName           string `json:"displayName,omitempty" doc:"What the login button says. Default: appName."`
	ClientIDSecretKey     string `json:"clientIdSecretKey,omitempty" doc:"Key that holds the client id." default:"client-id"`
	ClientSecretSecretKey string `json:"clientSecretSecretKey,omitempty" doc:"Key that holds the client secret." default:"client-secret"`
}

// GenericOIDC is single sign-on without Keycloak. Nothing of it is secret.
type GenericOIDC struct {
	ClientID                    string      `json:"clientId" doc:"Client id of Airbyte at the identity provider." required:"true"`
	Audience                    string      `json:"audience" doc:"Audience that access tokens must have." required:"true"`
	ExtraScopes                 string      `json:"extraScopes,omitempty" doc:"Scopes to ask for beside openid, profile and email, separated by blanks."`
	Issuer                      string      `json:"issuer" doc:"Issuer of the tokens." required:"true" example:"https://login.example.com"`
	AuthorizationServerEndpoint string      `json:"authorizationServerEndpoint" doc:"Where the metadata of the authorization server is found." required:"true" example:"https://login.example.com/oauth2/default"`
	JWKSEndpoint                string      `json:"jwksEndpoint" doc:"Where the keys that sign the tokens are found." required:"true" example:"https://login.example.com/oauth2/default/v1/keys"`
	Fields                      *OIDCFields `json:"fields,omitempty" doc:"Claims of the token, by what Airbyte reads from them."`
}

// OIDCFields names the claims of a token.
type OIDCFields struct {
	Subject string `json:"subject,omitempty" doc:"Claim that identifies the user." default:"sub"`
	Email   string `json:"email,omitempty" doc:"Claim that holds the e-mail address." default:"email"`
	Name    string `json:"name,omitempty" doc:"Claim that holds the name." default:"name"`
	Issuer  string `json:"issuer,omitempty" doc:"Claim that holds the issuer." default:"iss"`
}

// Keycloak is the identity broker that OIDC brings.
type Keycloak struct {
	AdminUserSecretKey     string            `json:"adminUserSecretKey,omitempty" doc:"Key that holds the name of Keycloak's administrator (chart V2)." default:"keycloak-admin-user"`
	AdminPasswordSecretKey string            `json:"adminPasswordSecretKey,omitempty" doc:"Key that holds the password of Keycloak's administrator (chart V2)." default:"keycloak-admin-password"`
	Database               *KeycloakDatabase `json:"database,omitempty" doc:"Where Keycloak keeps its tables (chart V2). Default: in the external database of Airbyte."`
}

// KeycloakDatabase is the database of Keycloak.
type KeycloakDatabase struct {
	SecretName        string `json:"secretName,omitempty" doc:"Secret that holds the keys. Default: that of database."`
	Host              string `json:"host,omitempty" doc:"Host name. Default: that of database."`
	Port              int    `json:"port,omitempty" doc:"Port. Default: that of database."`
	Name              string `json:"name,omitempty" doc:"Name of the database. Default: that of database."`
	UserSecretKey     string `json:"userSecretKey,omitempty" doc:"Key that holds the user. Default: that of database."`
	PasswordSecretKey string `json:"passwordSecretKey,omitempty" doc:"Key that holds the password. Default: that of database."`
}

// Database is Airbyte's PostgreSQL.
type Database struct {
	Type              string           `json:"type" doc:"internal is a database in a Pod of the chart, for trying out; external is yours." enum:"internal,external" required:"true"`
	Host              string           `json:"host,omitempty" doc:"Host name of the external database." example:"airbyte.abc.eu-central-1.rds.amazonaws.com"`
	Port              int              `json:"port,omitempty" doc:"Port of the external database. Default: 5432."`
	Name              string           `json:"name,omitempty" doc:"Name of the external database. Default: airbyte."`
	User              string           `json:"user,omitempty" doc:"User, in clear; the chart keeps it in a Secret of its own. Use either user or userSecretKey."`
	SecretName        string           `json:"secretName,omitempty" doc:"Secret that holds user and password. Default: that of configSecret."`
	UserSecretKey     string           `json:"userSecretKey,omitempty" doc:"Key that holds the user. Default: database-user."`
	PasswordSecretKey string           `json:"passwordSecretKey,omitempty" doc:"Key that holds the password. Default: database-password."`
	Replica           *DatabaseReplica `json:"replica,omitempty" doc:"A read replica (chart V2 from 2.1 on). Without it the database itself is read."`
	TLS               string           `json:"tls,omitempty" doc:"Whether Temporal connects to the external database with TLS; the host name is not verified. Default: enabled. Airbyte's own connections negotiate it." enum:"enabled,disabled"`
	CloudSQLProxy     string           `json:"cloudSqlProxy,omitempty" doc:"Tell Airbyte that a Cloud SQL proxy logs in for it (chart V2). The chart does not run the proxy, and Temporal takes user and password all the same." enum:"enabled,disabled"`
}

// DatabaseReplica is a read replica of the database.
type DatabaseReplica struct {
	URL               string `json:"url,omitempty" doc:"JDBC URL of the replica. Default: that of the database." example:"jdbc:postgresql://replica.example.com:5432/airbyte"`
	UserSecretKey     string `json:"userSecretKey,omitempty" doc:"Key that holds the user, in the Secret of the database. Default: that of the database."`
	PasswordSecretKey string `json:"passwordSecretKey,omitempty" doc:"Key that holds the password, in the Secret of the database. Default: that of the database."`
}
