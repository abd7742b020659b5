"""All that a complete NGSI-LD broker remembers: tenants, several types, @contexts, subscriptions and their queue, registrations."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("context", "0002_room_for_updates"),
        ("organisations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="EntityMap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant_id", models.IntegerField(default=0)),
                ("urn", models.TextField(verbose_name="identifiant")),
                ("entities", models.JSONField(default=dict)),
                ("linked", models.JSONField(default=dict)),
                ("expires_at", models.DateTimeField(verbose_name="expire le")),
            ],
            options={
                "verbose_name": "liste d’objets fédérés",
                "verbose_name_plural": "listes d’objets fédérés",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="JsonLdContext",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant_id", models.IntegerField(default=0)),
                ("local_id", models.TextField(verbose_name="identifiant")),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("Hosted", "hébergé"),
                            ("Cached", "copié d’ailleurs"),
                            ("ImplicitlyCreated", "créé d’office"),
                        ],
                        verbose_name="origine",
                    ),
                ),
                ("url", models.TextField(blank=True, default="", verbose_name="adresse")),
                ("body", models.JSONField(verbose_name="document")),
                ("created_at", models.DateTimeField(verbose_name="création")),
                ("fetched_at", models.DateTimeField(blank=True, null=True)),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="dernier usage")),
                ("hits", models.BigIntegerField(default=0, verbose_name="usages")),
            ],
            options={
                "verbose_name": "contexte JSON-LD",
                "verbose_name_plural": "contextes JSON-LD",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="QueuedNotification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("urn", models.TextField(blank=True, default="", verbose_name="objet")),
                ("content", models.TextField()),
                ("queued_at", models.DateTimeField(verbose_name="mise en attente")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="tentatives")),
                ("dead", models.BooleanField(default=False)),
                ("error", models.TextField(blank=True, default="", verbose_name="erreur")),
            ],
            options={
                "verbose_name": "notification en attente",
                "verbose_name_plural": "notifications en attente",
                "db_table": "context_notification",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Registration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant_id", models.IntegerField(default=0)),
                ("urn", models.TextField(verbose_name="identifiant")),
                ("document", models.JSONField(verbose_name="document")),
                ("context", models.JSONField(null=True)),
                ("alias", models.TextField(blank=True, default="", verbose_name="pseudonyme")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expire le")),
                ("times_sent", models.BigIntegerField(default=0, verbose_name="appels")),
                ("times_failed", models.BigIntegerField(default=0, verbose_name="échecs")),
                ("last_success", models.DateTimeField(blank=True, null=True, verbose_name="dernier succès")),
                ("last_failure", models.DateTimeField(blank=True, null=True, verbose_name="dernier échec")),
                ("created_at", models.DateTimeField(verbose_name="création")),
                ("modified_at", models.DateTimeField(verbose_name="modification")),
            ],
            options={
                "verbose_name": "source de contexte",
                "verbose_name_plural": "sources de contexte",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("subject", models.TextField(primary_key=True, serialize=False)),
                ("token", models.UUIDField()),
            ],
            options={
                "db_table": "context_revision",
                "ordering": ["subject"],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant_id", models.IntegerField(default=0)),
                (
                    "subject",
                    models.TextField(choices=[("entities", "objets"), ("sources", "sources")], default="entities"),
                ),
                ("urn", models.TextField(verbose_name="identifiant")),
                ("document", models.JSONField(verbose_name="document")),
                ("context", models.JSONField(null=True)),
                ("query_context", models.JSONField(null=True)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expire le")),
                ("next_at", models.DateTimeField(blank=True, null=True)),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("failures", models.PositiveSmallIntegerField(default=0, verbose_name="échecs de suite")),
                ("times_sent", models.BigIntegerField(default=0, verbose_name="envois")),
                ("times_failed", models.BigIntegerField(default=0, verbose_name="échecs")),
                ("last_notification", models.DateTimeField(blank=True, null=True, verbose_name="dernier envoi")),
                ("last_success", models.DateTimeField(blank=True, null=True, verbose_name="dernier succès")),
                ("last_failure", models.DateTimeField(blank=True, null=True, verbose_name="dernier échec")),
                ("limits", models.JSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField(verbose_name="création")),
                ("modified_at", models.DateTimeField(verbose_name="modification")),
            ],
            options={
                "verbose_name": "abonnement",
                "verbose_name_plural": "abonnements",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Tenant",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("name", models.TextField(unique=True, verbose_name="nom")),
                ("created_at", models.DateTimeField(verbose_name="création")),
            ],
            options={
                "verbose_name": "espace",
                "verbose_name_plural": "espaces",
                "ordering": ["name"],
            },
        ),
        migrations.AlterModelOptions(
            name="entity",
            options={
                "base_manager_name": "of_every_tenant",
                "ordering": ["type", "urn"],
                "verbose_name": "objet",
                "verbose_name_plural": "objets",
            },
        ),
        migrations.AlterModelManagers(
            name="entity",
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("of_every_tenant", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name="entity",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="expiration"),
        ),
        migrations.AddField(
            model_name="entity",
            name="more_types",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="entity",
            name="tenant_id",
            field=models.IntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="entity",
            name="urn",
            field=models.TextField(verbose_name="identifiant"),
        ),
        migrations.AddIndex(
            model_name="entity",
            index=models.Index(fields=["tenant_id", "type", "id"], name="context_entity_by_type"),
        ),
        migrations.AddIndex(
            model_name="entity",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("more_types", []), _negated=True),
                fields=["more_types"],
                name="context_entity_more_types",
            ),
        ),
        migrations.AddIndex(
            model_name="entity",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False)), fields=["expires_at"], name="context_entity_expiring"
            ),
        ),
        migrations.AddConstraint(
            model_name="entity",
            constraint=models.UniqueConstraint(fields=("tenant_id", "urn"), name="context_entity_urn"),
        ),
        migrations.AddConstraint(
            model_name="entitymap",
            constraint=models.UniqueConstraint(fields=("tenant_id", "urn"), name="context_entity_map_urn"),
        ),
        migrations.AddConstraint(
            model_name="jsonldcontext",
            constraint=models.UniqueConstraint(fields=("tenant_id", "local_id"), name="context_jsonld_local_id"),
        ),
        migrations.AddConstraint(
            model_name="jsonldcontext",
            constraint=models.UniqueConstraint(
                condition=models.Q(("url", ""), _negated=True), fields=("tenant_id", "url"), name="context_jsonld_url"
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.UniqueConstraint(fields=("tenant_id", "urn"), name="context_registration_urn"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="organisation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="organisations.organisation",
                verbose_name="organisation",
            ),
        ),
        migrations.AddField(
            model_name="queuednotification",
            name="subscription",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="queue",
                to="context.subscription",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="context_subscription_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(fields=("tenant_id", "subject", "urn"), name="context_subscription_urn"),
        ),
        migrations.AddIndex(
            model_name="queuednotification",
            index=models.Index(
                condition=models.Q(("dead", False)), fields=["subscription", "id"], name="context_notification_queue"
            ),
        ),
        migrations.AddIndex(
            model_name="queuednotification",
            index=models.Index(
                condition=models.Q(("dead", True)), fields=["subscription", "id"], name="context_notification_dead"
            ),
        ),
        migrations.RunSQL(
            sql="""
            ALTER TABLE context_entity ADD COLUMN bounds box;
            UPDATE context_entity SET bounds = box(point(longitude, latitude)) WHERE longitude IS NOT NULL;
            CREATE INDEX context_entity_bounds ON context_entity USING gist (bounds);
            ALTER TABLE context_notification
                SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
            ALTER TABLE context_subscription SET (fillfactor = 50);
            """,
            reverse_sql="""
            ALTER TABLE context_entity DROP COLUMN bounds;
            ALTER TABLE context_notification
                RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
            ALTER TABLE context_subscription RESET (fillfactor);
            """,
        ),
    ]
