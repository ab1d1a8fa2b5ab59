package airbyte

import "reflect"

// completed returns a copy of settings with every default filled in: those of
// the tags, the names of Secrets, and what one section takes from another.
func (s *Settings) completed(g Generation) *Settings {
	c := &Settings{}
	recast(s, c)
	c.ConfigSecret = s.ConfigSecret
	or(&c.ConfigSecret, DefaultSecret)
	c.sections(g)
	fill(reflect.ValueOf(c))
	c.keys(g)
	return c
}

// sections adds those that follow from others.
func (s *Settings) sections(g Generation) {
	add(&s.License, s.Edition == "enterprise")
	add(&s.DataPlane, g == DataPlane)
	if a := s.Auth; a != nil {
		add(&a.Keycloak, a.OIDC != nil)
		if a.GenericOIDC != nil {
			add(&a.GenericOIDC.Fields, true)
		}
	}
	if d := s.Database; d != nil {
		add(&d.Replica, d.Type == "external" && d.CloudSQLProxy != "enabled") // the proxy has none
	}
	if t := s.Storage; t != nil {
		add(&t.GCS, t.Type == "gcs")
		add(&t.Azure, t.Type == "azure")
		add(&t.Buckets, t.Bucket != "")
	}
}

func add[T any](section **T, wanted bool) {
	if *section == nil && wanted {
		*section = new(T)
	}
}

// fill sets the texts that are empty to the default of their tag, in every
// section that is there.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Field(i)
			if d := v.Type().Field(i).Tag.Get("default"); d != "" && f.Kind() == reflect.String && f.String() == "" {
				f.SetString(d)
			}
			fill(f)
		}
	}
}

// keys names Secrets and keys where a section needs them, and only there: a
// chart that is told of a Secret asks for each of its keys.
func (s *Settings) keys(g Generation) {
	secret := func(name *string, needed bool) {
		if *name == "" && needed {
			*name = s.ConfigSecret
		}
	}
	if s.License != nil {
		secret(&s.License.SecretName, true)
	}
	if a := s.Auth; a != nil {
		secret(&a.SecretName, a.InstanceAdmin != nil || a.OIDC != nil)
		if a.InstanceAdmin == nil {
			a.JWTSignatureSecretKey = ""
		}
		if a.OIDC != nil {
			or(&a.OIDC.DisplayName, a.OIDC.AppName)
		}
	}
	if d := s.Database; d != nil && d.Type == "external" {
		d.complete()
		secret(&d.SecretName, true)
		if s.Auth != nil && s.Auth.Keycloak != nil {
			add(&s.Auth.Keycloak.Database, true)
			s.Auth.Keycloak.Database.complete(d)
		}
	}
	if t := s.Storage; t != nil {
		secret(&t.SecretName, t.complete())
	}
	if m := s.SecretsManager; m != nil {
		secret(&m.SecretName, m.complete())
	}
	if d := s.DataPlane; d != nil && g == DataPlane {
		secret(&d.SecretName, true)
		or(&d.ClientIDSecretKey, "data-plane-client-id")
		or(&d.ClientSecretSecretKey, "data-plane-client-secret")
	}
}

func or(text *string, otherwise string) {
	if *text == "" {
		*text = otherwise
	}
}

func (d *Database) complete() {
	if d.Port == 0 {
		d.Port = 5432
	}
	or(&d.Name, "airbyte")
	if d.User == "" {
		or(&d.UserSecretKey, "database-user")
	}
	or(&d.PasswordSecretKey, "database-password")
	if d.Replica != nil {
		// From 2.1 on the chart asks for the replica's keys, replica or not.
		or(&d.Replica.UserSecretKey, d.UserSecretKey)
		or(&d.Replica.PasswordSecretKey, d.PasswordSecretKey)
	}
}

func (k *KeycloakDatabase) complete(d *Database) {
	or(&k.SecretName, d.SecretName)
	or(&k.Host, d.Host)
	or(&k.Name, d.Name)
	or(&k.UserSecretKey, d.UserSecretKey)
	or(&k.PasswordSecretKey, d.PasswordSecretKey)
	if k.Port == 0 {
		k.Port = d.Port
	}
}

// complete reports whether the storage needs keys from a Secret.
func (t *Storage) complete() bool {
	if b := t.Buckets; b != nil && t.Bucket != "" {
		for _, name := range []*string{&b.Log, &b.State, &b.WorkloadOutput, &b.ActivityPayload, &b.AuditLogging} {
			or(name, t.Bucket)
		}
	}
	switch {
	case t.Type == "s3" && t.S3 != nil && t.S3.Authentication == "credentials":
		or(&t.S3.AccessKeyIDSecretKey, "s3-access-key-id")
		or(&t.S3.SecretAccessKeySecretKey, "s3-secret-access-key")
		return true
	case t.Type == "minio" && t.MinIO != nil && t.MinIO.Endpoint != "":
		or(&t.MinIO.AccessKeyIDSecretKey, "minio-access-key-id")
		or(&t.MinIO.SecretAccessKeySecretKey, "minio-secret-access-key")
		return true
	case t.Type == "minio":
		return t.MinIO != nil && t.MinIO.AccessKeyIDSecretKey != ""
	}
	return t.Type == "gcs" || t.Type == "azure"
}

// complete reports whether the secrets manager needs keys from a Secret.
func (m *SecretsManager) complete() bool {
	if a := m.AWS; m.Type == "aws" && a != nil {
		if a.Authentication != "credentials" {
			return false
		}
		or(&a.AccessKeyIDSecretKey, "aws-secret-manager-access-key-id")
		or(&a.SecretAccessKeySecretKey, "aws-secret-manager-secret-access-key")
	}
	return true
}
