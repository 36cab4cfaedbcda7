<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
<context>
    <name>ActivityPage</name>
    <message>
        <source>Activity</source>
        <translation>Activité</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Regarder de nouveau</translation>
    </message>
    <message>
        <source>Only this database</source>
        <translation>Cette base seulement</translation>
    </message>
    <message>
        <source>Only connections</source>
        <translation>Connexions seulement</translation>
    </message>
    <message>
        <source>Leave out processes of the server&apos;s own</source>
        <translation>Laisser de côté les processus du serveur lui-même</translation>
    </message>
    <message>
        <source>Show whole statements</source>
        <translation>Montrer les instructions entières</translation>
    </message>
    <message>
        <source>With the values in them, which may be personal data</source>
        <translation>Avec leurs valeurs, qui peuvent être des données personnelles</translation>
    </message>
    <message>
        <source>Cancel what {who} does?</source>
        <translation>Annuler ce que fait {who}&#xa0;?</translation>
    </message>
    <message>
        <source>End the session {who}?</source>
        <translation>Mettre fin à la session {who}&#xa0;?</translation>
    </message>
    <message>
        <source>Its statement stops with an error, and its transaction can only be rolled back.</source>
        <translation>Son instruction s’arrête sur une erreur, et sa transaction ne peut plus qu’être annulée.</translation>
    </message>
    <message>
        <source>Its connection is closed. What it has not committed is lost.</source>
        <translation>Sa connexion est fermée. Ce qu’elle n’a pas validé est perdu.</translation>
    </message>
    <message>
        <source>Cancel its statement</source>
        <translation>Annuler son instruction</translation>
    </message>
    <message>
        <source>End the session</source>
        <translation>Mettre fin à la session</translation>
    </message>
    <message>
        <source>The session {pid} was asked to stop, and has not yet.</source>
        <translation>On a demandé à la session {pid} de s’arrêter&#xa0;; elle ne l’a pas encore fait.</translation>
    </message>
    <message>
        <source>What {pid} did was cancelled</source>
        <translation>Ce que faisait {pid} a été annulé</translation>
    </message>
    <message>
        <source>The session {pid} is ended</source>
        <translation>La session {pid} est terminée</translation>
    </message>
    <message>
        <source>Stopping {pid}</source>
        <translation>Arrêt de {pid}</translation>
    </message>
</context>
<context>
    <name>AddressEditor</name>
    <message>
        <source>For example: {example}</source>
        <translation>Par exemple&#xa0;: {example}</translation>
    </message>
    <message>
        <source>IPv{version}, one address</source>
        <translation>IPv{version}, une adresse</translation>
    </message>
    <message>
        <source>IPv{version}, network {network}</source>
        <translation>IPv{version}, réseau {network}</translation>
    </message>
</context>
<context>
    <name>AdoptDialog</name>
    <message>
        <source>Go over from Prisma to Alembic</source>
        <translation>Passer de Prisma à Alembic</translation>
    </message>
    <message>
        <source>Folder for the Alembic project</source>
        <translation>Dossier du projet Alembic</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Choisir…</translation>
    </message>
    <message>
        <source>Choose the folder</source>
        <translation>Choisir le dossier</translation>
    </message>
    <message>
        <source>Where Studio&apos;s ledger is kept</source>
        <translation>Où est gardé le registre de Studio</translation>
    </message>
    <message>
        <source>In the database: everybody sees it</source>
        <translation>Dans la base&#xa0;: tout le monde le voit</translation>
    </message>
    <message>
        <source>On this machine only</source>
        <translation>Sur cette machine seulement</translation>
    </message>
    <message>
        <source>What will be done</source>
        <translation>Ce qui sera fait</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Précédent</translation>
    </message>
    <message>
        <source>Show the steps</source>
        <translation>Montrer les étapes</translation>
    </message>
    <message>
        <source>Go over…</source>
        <translation>Passer…</translation>
    </message>
    <message>
        <source>Reading what there is to take over</source>
        <translation>Lecture de ce qu’il y a à reprendre</translation>
    </message>
    <message>
        <source>Studio writes SQLAlchemy models of the database, and a first migration that makes all that is there. Both are tried on a throwaway database before a file is written. Then that migration is recorded as applied, and from now on migrations are written from the models.</source>
        <translation>Studio écrit des modèles SQLAlchemy de la base, et une première migration qui crée tout ce qui s’y trouve. Les deux sont essayés sur une base jetable avant qu’un fichier soit écrit. Puis cette migration est consignée comme appliquée, et les suivantes s’écrivent à partir des modèles.</translation>
    </message>
    <message>
        <source>Prisma&apos;s own table and files stay as they are. Where the folder is that of the Prisma project, Studio takes it for Alembic&apos;s from then on.</source>
        <translation>La table et les fichiers de Prisma restent tels quels. Si le dossier est celui du projet Prisma, Studio le tient dès lors pour celui d’Alembic.</translation>
    </message>
    <message>
        <source>Folder:</source>
        <translation>Dossier&#xa0;:</translation>
    </message>
    <message>
        <source>Studio&apos;s ledger:</source>
        <translation>Registre de Studio&#xa0;:</translation>
    </message>
    <message>
        <source>Before the fifth step nothing is written, neither here nor there.</source>
        <translation>Avant la cinquième étape, rien n’est écrit, ni ici ni là.</translation>
    </message>
    <message>
        <source>Read the schema {schema} (tables: {tables}, views: {views}) and write models of it: models.py</source>
        <translation>Lire le schéma {schema} (tables&#xa0;: {tables}, vues&#xa0;: {views}) et en écrire les modèles&#xa0;: models.py</translation>
    </message>
    <message>
        <source>Write a first migration that makes all of it</source>
        <translation>Écrire une première migration qui crée le tout</translation>
    </message>
    <message>
        <source>Run it on a throwaway database, and compare what that has with what is here</source>
        <translation>L’exécuter sur une base jetable, et comparer ce qu’elle contient à ce qui est ici</translation>
    </message>
    <message>
        <source>Have Alembic compare the models with that: it must find nothing</source>
        <translation>Faire comparer les modèles par Alembic&#xa0;: il ne doit rien trouver</translation>
    </message>
    <message>
        <source>Write the files into {folder}</source>
        <translation>Écrire les fichiers dans {folder}</translation>
    </message>
    <message>
        <source>Record the first migration as applied: the table alembic_version, and Studio&apos;s ledger</source>
        <translation>Consigner la première migration comme appliquée&#xa0;: la table alembic_version et le registre de Studio</translation>
    </message>
    <message>
        <source>Edited since they were applied; what counts is what is in the database: {names}</source>
        <translation>Modifiées depuis leur application&#xa0;; c’est la base qui compte&#xa0;: {names}</translation>
    </message>
    <message>
        <source>Applied, and their folders are gone; what counts is the database: {names}</source>
        <translation>Appliquées, et leurs dossiers ont disparu&#xa0;; c’est la base qui compte&#xa0;: {names}</translation>
    </message>
    <message>
        <source>Prisma&apos;s client made these keys, the database has no default: {names}</source>
        <translation>Le client de Prisma faisait ces clés, la base n’a pas de valeur par défaut&#xa0;: {names}</translation>
    </message>
    <message>
        <source>Prisma&apos;s client kept these times, the database does not: {names}</source>
        <translation>Le client de Prisma tenait ces dates, la base ne le fait pas&#xa0;: {names}</translation>
    </message>
    <message>
        <source>The models can&apos;t say these; env.py leaves them out, change them by SQL: {names}</source>
        <translation>Les modèles ne savent pas dire ceci&#xa0;; env.py les laisse de côté, modifiez-les en SQL&#xa0;: {names}</translation>
    </message>
    <message>
        <source>Privileges are not in it: grant them where you build a new database.</source>
        <translation>Les privilèges n’y sont pas&#xa0;: accordez-les là où vous créez une base.</translation>
    </message>
    <message>
        <source>Go over to Alembic?</source>
        <translation>Passer à Alembic&#xa0;?</translation>
    </message>
    <message>
        <source>Files are written, and the database is recorded as standing at the first migration.</source>
        <translation>Des fichiers sont écrits, et la base est consignée à la première migration.</translation>
    </message>
    <message>
        <source>Go over</source>
        <translation>Passer</translation>
    </message>
    <message>
        <source>Migrations of Prisma&apos;s that come later are not Alembic&apos;s: from now on, write them here.</source>
        <translation>Les migrations ultérieures de Prisma ne sont pas celles d’Alembic&#xa0;: désormais, écrivez-les ici.</translation>
    </message>
    <message>
        <source>Going over to Alembic</source>
        <translation>Passage à Alembic</translation>
    </message>
    <message>
        <source>Writing, and trying it</source>
        <translation>Écriture et essai</translation>
    </message>
    <message>
        <source>{folder} has the project now. Its first migration, {revision}, builds the same as is here.</source>
        <translation>{folder} contient maintenant le projet. Sa première migration, {revision}, crée la même chose qu’ici.</translation>
    </message>
    <message>
        <source>Change the connection&apos;s project…</source>
        <translation>Changer le projet de la connexion…</translation>
    </message>
    <message>
        <source>It is Alembic&apos;s now</source>
        <translation>C’est maintenant à Alembic</translation>
    </message>
</context>
<context>
    <name>AdviceDetails</name>
    <message>
        <source>Copy the SQL</source>
        <translation>Copier le SQL</translation>
    </message>
    <message>
        <source>Do what is advised</source>
        <translation>Faire ce qui est conseillé</translation>
    </message>
    <message>
        <source>Show the table</source>
        <translation>Montrer la table</translation>
    </message>
    <message>
        <source>Show the table among the sizes</source>
        <translation>Montrer la table parmi les tailles</translation>
    </message>
    <message>
        <source>About the advice</source>
        <translation>À propos du conseil</translation>
    </message>
</context>
<context>
    <name>AdviceList</name>
    <message>
        <source>Advice</source>
        <translation>Conseils</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Quoi</translation>
    </message>
    <message>
        <source>How grave</source>
        <translation>Gravité</translation>
    </message>
</context>
<context>
    <name>AdvicePage</name>
    <message>
        <source>Advice</source>
        <translation>Conseils</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>On regarde…</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Regarder de nouveau</translation>
    </message>
    <message>
        <source>Nothing to advise</source>
        <translation>Rien à conseiller</translation>
    </message>
    <message>
        <source>looked at {moment}</source>
        <translation>regardé {moment}</translation>
    </message>
    <message>
        <source>scans counted since {moment} or longer</source>
        <translation>lectures comptées depuis {moment} ou plus longtemps</translation>
    </message>
    <message>
        <source>scans counted since {moment}</source>
        <translation>lectures comptées depuis {moment}</translation>
    </message>
    <message>
        <source>Tables, indexes, vacuuming, sequences and transactions were looked at.</source>
        <translation>Tables, index, VACUUM, séquences et transactions ont été examinés.</translation>
    </message>
    <message>
        <source>This is a standby: what helps is to be done on the primary.</source>
        <translation>C’est un serveur secondaire&#xa0;: ce qui aide se fait sur le serveur principal.</translation>
    </message>
    <message>
        <source>Your role may not see {names}. Membership in pg_monitor shows it.</source>
        <translation>Votre rôle ne peut pas voir {names}. Être membre de pg_monitor le montre.</translation>
    </message>
    <message>
        <source>Your role may not see {names}. SELECT on all tables and sequences shows it.</source>
        <translation>Votre rôle ne peut pas voir {names}. Le droit SELECT sur toutes les tables et séquences le montre.</translation>
    </message>
    <message>
        <source>A job is at work already.</source>
        <translation>Un travail est déjà en cours.</translation>
    </message>
    <message>
        <source>Run it</source>
        <translation>Exécuter</translation>
    </message>
    <message>
        <source>The SQL is in the clipboard</source>
        <translation>Le SQL est dans le presse-papiers</translation>
    </message>
</context>
<context>
    <name>ArrayEditor</name>
    <message>
        <source>Edit as a list</source>
        <translation>Modifier sous forme de liste</translation>
    </message>
    <message>
        <source>Elements</source>
        <translation>Éléments</translation>
    </message>
    <message>
        <source>Elements, one a line</source>
        <translation>Éléments, un par ligne</translation>
    </message>
    <message>
        <source>One element a line</source>
        <translation>Un élément par ligne</translation>
    </message>
    <message>
        <source>Set empty array</source>
        <translation>Mettre un tableau vide</translation>
    </message>
</context>
<context>
    <name>BackupDetails</name>
    <message>
        <source>Prove</source>
        <translation>Éprouver</translation>
    </message>
    <message>
        <source>Restore it into a scratch database and compare every table</source>
        <translation>La restaurer dans une base de brouillon et comparer chaque table</translation>
    </message>
    <message>
        <source>Restore…</source>
        <translation>Restaurer…</translation>
    </message>
    <message>
        <source>Restore it; nothing is replaced before it is whole</source>
        <translation>La restaurer&#xa0;; rien n’est remplacé avant qu’elle soit entière</translation>
    </message>
    <message>
        <source>Look inside</source>
        <translation>Regarder dedans</translation>
    </message>
    <message>
        <source>Open it like a database, and bring rows back</source>
        <translation>L’ouvrir comme une base et ramener des lignes</translation>
    </message>
    <message>
        <source>Copy to…</source>
        <translation>Copier vers…</translation>
    </message>
    <message>
        <source>Copy it with its note to another folder</source>
        <translation>La copier avec sa fiche dans un autre dossier</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>Afficher dans le dossier</translation>
    </message>
    <message>
        <source>Open the folder that it lies in</source>
        <translation>Ouvrir le dossier où elle se trouve</translation>
    </message>
    <message>
        <source>About the backup</source>
        <translation>À propos de la sauvegarde</translation>
    </message>
    <message>
        <source>Nothing is noted of its tables. Look inside, or prove it.</source>
        <translation>Rien n’est noté de ses tables. Regardez dedans, ou éprouvez-la.</translation>
    </message>
    <message>
        <source>Its rows were not counted when it was made.</source>
        <translation>Ses lignes n’ont pas été comptées à sa création.</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Taille</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>Modifiée</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Dossier</translation>
    </message>
    <message>
        <source>Database</source>
        <translation>Base</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Serveur</translation>
    </message>
    <message>
        <source>Made</source>
        <translation>Faite</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programme</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Révision</translation>
    </message>
    <message>
        <source>Encrypted</source>
        <translation>Chiffrée</translation>
    </message>
    <message>
        <source>Roles</source>
        <translation>Rôles</translation>
    </message>
    <message>
        <source>Checksum</source>
        <translation>Somme de contrôle</translation>
    </message>
    <message>
        <source>Copies</source>
        <translation>Copies</translation>
    </message>
</context>
<context>
    <name>BackupDialog</name>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
</context>
<context>
    <name>BackupsHeader</name>
    <message>
        <source>Create…</source>
        <translation>Créer…</translation>
    </message>
    <message>
        <source>Make a backup of this database</source>
        <translation>Faire une sauvegarde de cette base</translation>
    </message>
    <message>
        <source>Keep rules…</source>
        <translation>Conservation…</translation>
    </message>
    <message>
        <source>See which backups are kept, and delete the others</source>
        <translation>Voir quelles sauvegardes sont gardées, et supprimer les autres</translation>
    </message>
    <message>
        <source>Schedule…</source>
        <translation>Planification…</translation>
    </message>
    <message>
        <source>Have backups made by this machine&apos;s own scheduler</source>
        <translation>Faire faire des sauvegardes par le planificateur de cette machine</translation>
    </message>
    <message>
        <source>Folders of the library…</source>
        <translation>Dossiers de la bibliothèque…</translation>
    </message>
    <message>
        <source>Open a backup from a file…</source>
        <translation>Ouvrir une sauvegarde depuis un fichier…</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Plus</translation>
    </message>
    <message>
        <source>Only of this database</source>
        <translation>De cette base seulement</translation>
    </message>
    <message>
        <source>Reading the library…</source>
        <translation>Lecture de la bibliothèque…</translation>
    </message>
    <message>
        <source>This database has no backup</source>
        <translation>Cette base n’a pas de sauvegarde</translation>
    </message>
    <message>
        <source>newest {moment}</source>
        <translation>la plus récente&#xa0;: {moment}</translation>
    </message>
    <message>
        <source>No backup of this database is proven</source>
        <translation>Aucune sauvegarde de cette base n’est éprouvée</translation>
    </message>
    <message>
        <source>The newest backup is proven ({age})</source>
        <translation>La sauvegarde la plus récente est éprouvée ({age})</translation>
    </message>
    <message>
        <source>The newest proven backup: {age}</source>
        <translation>La dernière sauvegarde éprouvée&#xa0;: {age}</translation>
    </message>
</context>
<context>
    <name>BackupsPanel</name>
    <message>
        <source>Opening {file}</source>
        <translation>Ouverture de {file}</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
</context>
<context>
    <name>BarsView</name>
    <message>
        <source>Bars of sizes</source>
        <translation>Barres des tailles</translation>
    </message>
    <message>
        <source>The charts need pyqtgraph, which is not installed: pip install pyqtgraph</source>
        <translation>Les graphiques ont besoin de pyqtgraph, qui n’est pas installé&#xa0;: pip install pyqtgraph</translation>
    </message>
    <message>
        <source>Preparing the chart…</source>
        <translation>Préparation du graphique…</translation>
    </message>
</context>
<context>
    <name>BeforeProduction</name>
    <message>
        <source>I have a backup</source>
        <translation>J’ai une sauvegarde</translation>
    </message>
    <message>
        <source> s</source>
        <translation> s</translation>
    </message>
    <message>
        <source>Longest wait for a lock, in seconds</source>
        <translation>Attente maximale d’un verrou, en secondes</translation>
    </message>
    <message>
        <source>Wait for a lock at most (lock_timeout):</source>
        <translation>Attente maximale d’un verrou (lock_timeout)&#xa0;:</translation>
    </message>
    <message>
        <source>Backed up: {file}</source>
        <translation>Sauvegardé&#xa0;: {file}</translation>
    </message>
    <message>
        <source>No backup was made: {words}</source>
        <translation>Aucune sauvegarde n’a été faite&#xa0;: {words}</translation>
    </message>
    <message>
        <source>Make a backup first</source>
        <translation>Faites d’abord une sauvegarde</translation>
    </message>
    <message>
        <source>Back up now</source>
        <translation>Sauvegarder maintenant</translation>
    </message>
    <message>
        <source>Nothing brings back what a migration drops.</source>
        <translation>Rien ne ramène ce qu’une migration supprime.</translation>
    </message>
    <message>
        <source>Or in a terminal:</source>
        <translation>Ou dans un terminal&#xa0;:</translation>
    </message>
    <message>
        <source>Backing up</source>
        <translation>Sauvegarde</translation>
    </message>
    <message>
        <source>Making a backup before anything runs</source>
        <translation>Sauvegarde avant toute exécution</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copier</translation>
    </message>
</context>
<context>
    <name>BigEditor</name>
    <message>
        <source>Load from file…</source>
        <translation>Charger depuis un fichier…</translation>
    </message>
    <message>
        <source>Save to file…</source>
        <translation>Enregistrer dans un fichier…</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>Appliquer</translation>
    </message>
    <message>
        <source>Loading {file}</source>
        <translation>Chargement de {file}</translation>
    </message>
    <message>
        <source>Saving {file}</source>
        <translation>Enregistrement de {file}</translation>
    </message>
    <message>
        <source>Load value from file</source>
        <translation>Charger la valeur depuis un fichier</translation>
    </message>
    <message>
        <source>Save value to file</source>
        <translation>Enregistrer la valeur dans un fichier</translation>
    </message>
</context>
<context>
    <name>BinaryEditor</name>
    <message>
        <source>Load…</source>
        <translation>Charger…</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Enregistrer…</translation>
    </message>
    <message>
        <source>Loading {file}</source>
        <translation>Chargement de {file}</translation>
    </message>
    <message>
        <source>Saving {file}</source>
        <translation>Enregistrement de {file}</translation>
    </message>
    <message>
        <source>Load value from file</source>
        <translation>Charger la valeur depuis un fichier</translation>
    </message>
    <message>
        <source>Save value to file</source>
        <translation>Enregistrer la valeur dans un fichier</translation>
    </message>
</context>
<context>
    <name>BitEditor</name>
    <message numerus="yes">
        <source>%Ln bit(s)</source>
        <translation>
            <numerusform>%Ln bit</numerusform>
            <numerusform>%Ln bits</numerusform>
        </translation>
    </message>
    <message>
        <source>{count} of {all} bits</source>
        <translation>{count} bits sur {all}</translation>
    </message>
    <message>
        <source>{count} of at most {all} bits</source>
        <translation>{count} bits sur {all} au plus</translation>
    </message>
</context>
<context>
    <name>BlockedStrip</name>
    <message>
        <source>Saving waits for a lock</source>
        <translation>L’enregistrement attend un verrou</translation>
    </message>
    <message>
        <source>Not saved: somebody else holds the lock. All stays staged.</source>
        <translation>Pas enregistré&#xa0;: quelqu’un d’autre tient le verrou. Tout reste en attente.</translation>
    </message>
    <message>
        <source>Waiting until the lock is free; then it is saved.</source>
        <translation>En attente que le verrou se libère&#xa0;; puis l’enregistrement a lieu.</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Réessayer</translation>
    </message>
    <message>
        <source>Wait for it</source>
        <translation>Attendre</translation>
    </message>
    <message>
        <source>Stop waiting</source>
        <translation>Ne plus attendre</translation>
    </message>
    <message>
        <source>End their session…</source>
        <translation>Terminer sa session…</translation>
    </message>
    <message>
        <source>Cancel theirs…</source>
        <translation>Annuler la sienne…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Who holds it is not known.</source>
        <translation>On ne sait pas qui le tient.</translation>
    </message>
    <message>
        <source>somebody</source>
        <translation>quelqu’un</translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>et %Ln autre</numerusform>
            <numerusform>et %Ln autres</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln minute(s)</source>
        <translation>
            <numerusform>%Ln minute</numerusform>
            <numerusform>%Ln minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln second(s)</source>
        <translation>
            <numerusform>%Ln seconde</numerusform>
            <numerusform>%Ln secondes</numerusform>
        </translation>
    </message>
    <message>
        <source>since {time} ({long})</source>
        <translation>depuis {time} ({long})</translation>
    </message>
</context>
<context>
    <name>Blocking</name>
    <message>
        <source>Your role may not end this session.</source>
        <translation>Votre rôle ne peut pas terminer cette session.</translation>
    </message>
    <message>
        <source>This connection does not allow it.</source>
        <translation>Cette connexion ne le permet pas.</translation>
    </message>
    <message>
        <source>Production is locked. Unlock it at the top of the window first.</source>
        <translation>La production est verrouillée. Déverrouillez-la d’abord en haut de la fenêtre.</translation>
    </message>
    <message>
        <source>Cancel what they do?</source>
        <translation>Annuler ce qui est en cours&#xa0;?</translation>
    </message>
    <message>
        <source>Cancel theirs</source>
        <translation>Annuler la sienne</translation>
    </message>
    <message>
        <source>What {user} runs in session {pid} is stopped and rolled back.</source>
        <translation>Ce que {user} exécute dans la session {pid} est arrêté et annulé.</translation>
    </message>
    <message>
        <source>End their session?</source>
        <translation>Terminer sa session&#xa0;?</translation>
    </message>
    <message>
        <source>End their session</source>
        <translation>Terminer sa session</translation>
    </message>
    <message>
        <source>The session {pid} of {user} is ended; what it has not committed is lost.</source>
        <translation>La session {pid} de {user} est terminée&#xa0;; ce qu’elle n’a pas validé est perdu.</translation>
    </message>
    <message>
        <source>The session {pid} holds no lock any more</source>
        <translation>La session {pid} ne tient plus de verrou</translation>
    </message>
    <message>
        <source>The session {pid} was asked to stop, and has not yet.</source>
        <translation>On a demandé à la session {pid} de s’arrêter&#xa0;; elle ne l’a pas encore fait.</translation>
    </message>
    <message>
        <source>Stopping {pid}</source>
        <translation>Arrêt de {pid}</translation>
    </message>
</context>
<context>
    <name>BlockingView</name>
    <message>
        <source>Who waits for whom</source>
        <translation>Qui attend qui</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Attendent</translation>
    </message>
    <message>
        <source>State</source>
        <translation>État</translation>
    </message>
    <message>
        <source>Transaction</source>
        <translation>Transaction</translation>
    </message>
    <message>
        <source>Statement</source>
        <translation>Instruction</translation>
    </message>
    <message>
        <source>prepared transaction {name}</source>
        <translation>transaction préparée {name}</translation>
    </message>
</context>
<context>
    <name>BooleanEditor</name>
    <message>
        <source>true</source>
        <translation>vrai</translation>
    </message>
    <message>
        <source>false</source>
        <translation>faux</translation>
    </message>
</context>
<context>
    <name>Breadcrumb</name>
    <message>
        <source>Where the map is</source>
        <translation>Où est la carte</translation>
    </message>
    <message>
        <source>Back to {name}</source>
        <translation>Revenir à {name}</translation>
    </message>
</context>
<context>
    <name>Bulk</name>
    <message>
        <source>Select the cell to take and those below it.</source>
        <translation>Sélectionnez la cellule à reprendre et celles en dessous.</translation>
    </message>
    <message>
        <source>There is nothing on the clipboard that could become rows.</source>
        <translation>Rien dans le presse-papiers ne pourrait devenir des lignes.</translation>
    </message>
    <message>
        <source>None of the selected cells holds a text that can be changed.</source>
        <translation>Aucune des cellules choisies ne contient un texte modifiable.</translation>
    </message>
    <message>
        <source>Nothing was changed: {column} does not take the value.</source>
        <translation>Rien n’a été modifié&#xa0;: {column} n’accepte pas la valeur.</translation>
    </message>
    <message>
        <source>None of the selected cells takes this value.</source>
        <translation>Aucune des cellules choisies n’accepte cette valeur.</translation>
    </message>
    <message>
        <source>Reading whole values</source>
        <translation>Lecture des valeurs entières</translation>
    </message>
</context>
<context>
    <name>CalendarEditor</name>
    <message>
        <source>Calendar</source>
        <translation>Calendrier</translation>
    </message>
    <message>
        <source>Calendar (F4)</source>
        <translation>Calendrier (F4)</translation>
    </message>
    <message>
        <source>With an offset such as +02:00; without one it is read in the connection&apos;s time zone</source>
        <translation>Avec un décalage comme +02:00&#xa0;; sans décalage, la valeur est lue dans le fuseau horaire de la connexion</translation>
    </message>
    <message>
        <source>In {zone} clocks are put forward over this hour: it does not exist. Which one is meant?</source>
        <translation>En {zone}, les horloges sautent cette heure&#xa0;: elle n’existe pas. Laquelle est voulue&#xa0;?</translation>
    </message>
    <message>
        <source>In {zone} clocks are put back: this hour happens twice. Which one is meant?</source>
        <translation>En {zone}, les horloges reculent&#xa0;: cette heure a lieu deux fois. Laquelle est voulue&#xa0;?</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Aujourd’hui</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Maintenant</translation>
    </message>
</context>
<context>
    <name>CellDelegate</name>
    <message>
        <source>empty text</source>
        <translation>texte vide</translation>
    </message>
</context>
<context>
    <name>CellEditing</name>
    <message>
        <source>Reading the whole value</source>
        <translation>Lecture de la valeur entière</translation>
    </message>
</context>
<context>
    <name>CellEditor</name>
    <message>
        <source>Value of {column}</source>
        <translation>Valeur de {column}</translation>
    </message>
    <message>
        <source>empty text</source>
        <translation>texte vide</translation>
    </message>
    <message>
        <source>Other values</source>
        <translation>Autres valeurs</translation>
    </message>
    <message>
        <source>Other values (Alt+Down)</source>
        <translation>Autres valeurs (Alt+Bas)</translation>
    </message>
    <message>
        <source>Set NULL	Ctrl+0</source>
        <translation>Mettre à NULL	Ctrl+0</translation>
    </message>
    <message>
        <source>Set DEFAULT	Ctrl+Shift+0</source>
        <translation>Mettre à DEFAULT	Ctrl+Maj+0</translation>
    </message>
</context>
<context>
    <name>ChangeBar</name>
    <message numerus="yes">
        <source>%Ln change(s)</source>
        <translation>
            <numerusform>%Ln modification</numerusform>
            <numerusform>%Ln modifications</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln conflict(s)</source>
        <translation>
            <numerusform>%Ln conflit</numerusform>
            <numerusform>%Ln conflits</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) changed by somebody else</source>
        <translation>
            <numerusform>%Ln ligne modifiée par quelqu’un d’autre</numerusform>
            <numerusform>%Ln lignes modifiées par quelqu’un d’autre</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) edited</source>
        <translation>
            <numerusform>%Ln ligne modifiée</numerusform>
            <numerusform>%Ln lignes modifiées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) new</source>
        <translation>
            <numerusform>%Ln nouvelle ligne</numerusform>
            <numerusform>%Ln nouvelles lignes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) to be deleted</source>
        <translation>
            <numerusform>%Ln ligne à supprimer</numerusform>
            <numerusform>%Ln lignes à supprimer</numerusform>
        </translation>
    </message>
    <message>
        <source>Staged changes</source>
        <translation>Modifications en attente</translation>
    </message>
    <message>
        <source>Resolve…</source>
        <translation>Résoudre…</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>Revoir</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Abandonner</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Enregistrer</translation>
    </message>
    <message>
        <source>Save all changes in one transaction (Ctrl+S)</source>
        <translation>Enregistrer toutes les modifications en une seule transaction (Ctrl+S)</translation>
    </message>
    <message>
        <source>Take all changes back; undo brings them again</source>
        <translation>Abandonner toutes les modifications&#xa0;; l’annulation les fait revenir</translation>
    </message>
    <message>
        <source>Choose between your values and those that others saved</source>
        <translation>Choisir entre vos valeurs et celles que d’autres ont enregistrées</translation>
    </message>
    <message>
        <source>See what would be written, row by row and as SQL</source>
        <translation>Voir ce qui serait écrit, ligne par ligne et en SQL</translation>
    </message>
</context>
<context>
    <name>CheckDialog</name>
    <message>
        <source>Models and database</source>
        <translation>Modèles et base de données</translation>
    </message>
    <message>
        <source>Create migration…</source>
        <translation>Créer une migration…</translation>
    </message>
    <message>
        <source>Comparing the models with the database</source>
        <translation>Comparaison des modèles avec la base</translation>
    </message>
    <message numerus="yes">
        <source>%Ln difference(s); a migration would bring the database to the models</source>
        <translation>
            <numerusform>%Ln différence&#xa0;; une migration alignerait la base sur les modèles</numerusform>
            <numerusform>%Ln différences&#xa0;; une migration alignerait la base sur les modèles</numerusform>
        </translation>
    </message>
    <message>
        <source>Models and database agree</source>
        <translation>Modèles et base concordent</translation>
    </message>
</context>
<context>
    <name>ChoiceList</name>
    <message>
        <source>Filter schemas and tables</source>
        <translation>Filtrer schémas et tables</translation>
    </message>
    <message>
        <source>Schemas and tables</source>
        <translation>Schémas et tables</translation>
    </message>
</context>
<context>
    <name>ColumnsDialog</name>
    <message>
        <source>Columns</source>
        <translation>Colonnes</translation>
    </message>
    <message>
        <source>Search columns</source>
        <translation>Chercher une colonne</translation>
    </message>
    <message>
        <source>Columns, checked when shown</source>
        <translation>Colonnes, cochées si elles sont affichées</translation>
    </message>
    <message>
        <source>Move up (Alt+Up)</source>
        <translation>Monter (Alt+Haut)</translation>
    </message>
    <message>
        <source>Move down (Alt+Down)</source>
        <translation>Descendre (Alt+Bas)</translation>
    </message>
    <message>
        <source>Show all that are listed</source>
        <translation>Afficher toutes celles de la liste</translation>
    </message>
    <message>
        <source>Hide all that are listed</source>
        <translation>Masquer toutes celles de la liste</translation>
    </message>
    <message>
        <source>Reset layout</source>
        <translation>Rétablir la disposition</translation>
    </message>
    <message>
        <source>Frozen when the window is wide enough</source>
        <translation>Figée si la fenêtre est assez large</translation>
    </message>
    <message>
        <source>Frozen</source>
        <translation>Figée</translation>
    </message>
    <message>
        <source>{shown} of {all} columns shown. Enter goes to one.</source>
        <translation>{shown} affichées sur {all}. Entrée pour y aller.</translation>
    </message>
</context>
<context>
    <name>CompositeEditor</name>
    <message>
        <source>Edit the fields</source>
        <translation>Modifier les champs</translation>
    </message>
    <message>
        <source>Field</source>
        <translation>Champ</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Type</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Valeur</translation>
    </message>
</context>
<context>
    <name>ConditionPopup</name>
    <message>
        <source>Column</source>
        <translation>Colonne</translation>
    </message>
    <message>
        <source>Operator</source>
        <translation>Opérateur</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Valeur</translation>
    </message>
    <message>
        <source>Upper value</source>
        <translation>Valeur supérieure</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Valeurs</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>Appliquer</translation>
    </message>
    <message>
        <source>There is no such column.</source>
        <translation>Cette colonne n’existe pas.</translation>
    </message>
    <message>
        <source>A value is missing.</source>
        <translation>Il manque une valeur.</translation>
    </message>
    <message>
        <source>A value, or part of a name</source>
        <translation>Une valeur, ou une partie d’un nom</translation>
    </message>
</context>
<context>
    <name>ConfirmDialog</name>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Type the database&apos;s name, {name}, to go on:</source>
        <translation>Pour continuer, saisissez le nom de la base, {name}&#xa0;:</translation>
    </message>
    <message>
        <source>Name of the database</source>
        <translation>Nom de la base de données</translation>
    </message>
</context>
<context>
    <name>ConflictDialog</name>
    <message>
        <source>Somebody else changed this</source>
        <translation>Quelqu’un d’autre a modifié ces lignes</translation>
    </message>
    <message>
        <source>Nothing was saved. These rows are no longer as you saw them; decide whose values shall stand.</source>
        <translation>Rien n’a été enregistré. Ces lignes ne sont plus telles que vous les avez vues&#xa0;; décidez quelles valeurs doivent rester.</translation>
    </message>
    <message>
        <source>Conflicts</source>
        <translation>Conflits</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Apply decisions</source>
        <translation>Appliquer ces choix</translation>
    </message>
    <message>
        <source>The row was deleted by somebody else.</source>
        <translation>La ligne a été supprimée par quelqu’un d’autre.</translation>
    </message>
    <message>
        <source>The row was changed or deleted by somebody else; without a key nobody can tell which.</source>
        <translation>Quelqu’un d’autre a modifié ou supprimé cette ligne&#xa0;; sans clé, impossible de savoir lequel des deux.</translation>
    </message>
    <message>
        <source>Somebody else changed the row, in columns that were not read here.</source>
        <translation>Quelqu’un d’autre a modifié la ligne, dans des colonnes qui n’ont pas été lues ici.</translation>
    </message>
    <message>
        <source>It was</source>
        <translation>Valeur de départ</translation>
    </message>
    <message>
        <source>Mine</source>
        <translation>Votre valeur</translation>
    </message>
    <message>
        <source>Theirs, now</source>
        <translation>Leur valeur, à présent</translation>
    </message>
    <message>
        <source>Keep mine in {column}</source>
        <translation>Garder la mienne dans {column}</translation>
    </message>
    <message>
        <source>Take theirs in {column}</source>
        <translation>Prendre la leur dans {column}</translation>
    </message>
    <message>
        <source>Drop my change</source>
        <translation>Abandonner votre modification</translation>
    </message>
    <message>
        <source>Keep the row as it is now</source>
        <translation>Garder la ligne telle qu’elle est</translation>
    </message>
    <message>
        <source>Delete it all the same</source>
        <translation>La supprimer quand même</translation>
    </message>
    <message>
        <source>Take theirs, drop my change</source>
        <translation>Prendre leur valeur et abandonner votre modification</translation>
    </message>
    <message>
        <source>Keep mine and save over theirs</source>
        <translation>Garder votre valeur et remplacer la leur</translation>
    </message>
    <message>
        <source>Add mine as a new row</source>
        <translation>Ajouter la mienne comme nouvelle ligne</translation>
    </message>
</context>
<context>
    <name>ConnectDialog</name>
    <message>
        <source>“{parameter}” has no meaning here and was left out.</source>
        <translation>«&#xa0;{parameter}&#xa0;» n’a pas de sens ici et a été ignoré.</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Connexion</translation>
    </message>
    <message>
        <source>Database URL</source>
        <translation>URL de la base de données</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nom</translation>
    </message>
    <message>
        <source>Host or socket folder</source>
        <translation>Hôte ou dossier de la socket</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>Database</source>
        <translation>Base de données</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Utilisateur</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Mot de passe</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>Environnement</translation>
    </message>
    <message>
        <source>TLS mode</source>
        <translation>Mode TLS</translation>
    </message>
    <message>
        <source>as libpq decides</source>
        <translation>au choix de libpq</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Rôle</translation>
    </message>
    <message>
        <source>SET ROLE after connecting</source>
        <translation>SET ROLE après la connexion</translation>
    </message>
    <message>
        <source>Schema</source>
        <translation>Schéma</translation>
    </message>
    <message>
        <source>Time zone</source>
        <translation>Fuseau horaire</translation>
    </message>
    <message>
        <source>the server&apos;s</source>
        <translation>celui du serveur</translation>
    </message>
    <message>
        <source>Project folder</source>
        <translation>Dossier du projet</translation>
    </message>
    <message>
        <source>where alembic.ini or prisma/, and .env stand</source>
        <translation>là où sont alembic.ini ou prisma/, et .env</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>Choisir un dossier…</translation>
    </message>
    <message>
        <source>Python of the project</source>
        <translation>Python du projet</translation>
    </message>
    <message>
        <source>found in its .venv; runs its migrations</source>
        <translation>celui de son .venv&#xa0;; exécute ses migrations</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>Choisir un fichier…</translation>
    </message>
    <message>
        <source>Prisma&apos;s version</source>
        <translation>Version de Prisma</translation>
    </message>
    <message>
        <source>that of the project; such as 6.19.3, of a Prisma project</source>
        <translation>celle du projet Prisma, par exemple 6.19.3</translation>
    </message>
    <message>
        <source>Health URL</source>
        <translation>URL de santé</translation>
    </message>
    <message>
        <source>where the application answers, such as https://…/api/health</source>
        <translation>par exemple https://…/api/health</translation>
    </message>
    <message>
        <source>Read-only: the server refuses every change</source>
        <translation>Lecture seule&#xa0;: le serveur refuse toute modification</translation>
    </message>
    <message>
        <source>Mask personal data</source>
        <translation>Masquer les données personnelles</translation>
    </message>
    <message>
        <source>Ask for a reason with each save</source>
        <translation>Demander un motif à chaque enregistrement</translation>
    </message>
    <message>
        <source>Set updatedAt to now when a row is edited</source>
        <translation>Mettre updatedAt à jour à chaque modification</translation>
    </message>
    <message>
        <source>Where the database itself does not fill it; staged with the edit</source>
        <translation>Là où la base ne le remplit pas elle-même&#xa0;; en attente avec la modification</translation>
    </message>
    <message>
        <source>Save this connection</source>
        <translation>Enregistrer cette connexion</translation>
    </message>
    <message>
        <source>Keep the password in the system keyring</source>
        <translation>Garder le mot de passe dans le trousseau</translation>
    </message>
    <message>
        <source>URL</source>
        <translation>URL</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Hôte</translation>
    </message>
    <message>
        <source>TLS</source>
        <translation>TLS</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>Projet</translation>
    </message>
    <message>
        <source>Python</source>
        <translation>Python</translation>
    </message>
    <message>
        <source>Prisma</source>
        <translation>Prisma</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Se connecter</translation>
    </message>
    <message>
        <source>Name a database first</source>
        <translation>Indiquez d’abord une base de données</translation>
    </message>
</context>
<context>
    <name>ConnectionsBar</name>
    <message>
        <source>Looking…</source>
        <translation>On regarde…</translation>
    </message>
    <message numerus="yes">
        <source>{used} of {most} connections</source>
        <translation>
            <numerusform>{used} connexion sur {most}</numerusform>
            <numerusform>{used} connexions sur {most}</numerusform>
        </translation>
    </message>
    <message>
        <source>{number} left for everybody</source>
        <translation>{number} encore libres pour tous</translation>
    </message>
    <message>
        <source>unnamed</source>
        <translation>sans nom</translation>
    </message>
</context>
<context>
    <name>CopyDialog</name>
    <message>
        <source>Copy {file}</source>
        <translation>Copier {file}</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Parcourir…</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copier</translation>
    </message>
    <message>
        <source>To a folder, or an address such as s3://bucket/folder. Its note goes along, and the copy is read again.</source>
        <translation>Vers un dossier, ou une adresse comme s3://bucket/dossier. Sa fiche l’accompagne, et la copie est relue.</translation>
    </message>
    <message>
        <source>Folder or address</source>
        <translation>Dossier ou adresse</translation>
    </message>
    <message>
        <source>Choose the folder</source>
        <translation>Choisir le dossier</translation>
    </message>
    <message>
        <source>Copy to</source>
        <translation>Copier vers</translation>
    </message>
</context>
<context>
    <name>Copying</name>
    <message>
        <source>At most {most} rows are copied at a time.</source>
        <translation>Au plus {most} lignes sont copiées à la fois.</translation>
    </message>
    <message>
        <source>Select fewer rows, or write them to a file on the command line: {command}</source>
        <translation>Sélectionnez moins de lignes, ou écrivez-les dans un fichier en ligne de commande&#xa0;: {command}</translation>
    </message>
    <message>
        <source>Reading rows to copy</source>
        <translation>Lecture des lignes à copier</translation>
    </message>
    <message>
        <source>Nothing was pasted: {column} does not take one of the values.</source>
        <translation>Rien n’a été collé&#xa0;: {column} n’accepte pas l’une des valeurs.</translation>
    </message>
    <message>
        <source>Binary cells were left as they are: nothing and NULL are not pasted over them.</source>
        <translation>Les cellules binaires restent telles quelles&#xa0;: ni rien ni NULL ne s’y colle.</translation>
    </message>
    <message>
        <source>Some of the pasted cells lie outside the table and were left out.</source>
        <translation>Certaines des cellules collées dépassent de la table et ont été ignorées.</translation>
    </message>
    <message>
        <source>Paste as new rows (Ctrl+Shift+V) adds them as rows.</source>
        <translation>Coller comme nouvelles lignes (Ctrl+Maj+V) les ajoute en lignes.</translation>
    </message>
</context>
<context>
    <name>CostBar</name>
    <message>
        <source>Cost of the question</source>
        <translation>Coût de la requête</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Arrêter</translation>
    </message>
    <message>
        <source>Stop it on the server and go back to the rows before</source>
        <translation>Arrêter la requête sur le serveur et revenir aux lignes précédentes</translation>
    </message>
    <message>
        <source>Run anyway</source>
        <translation>Exécuter</translation>
    </message>
    <message>
        <source>Ask it all the same; it can be stopped</source>
        <translation>Exécuter la requête malgré tout&#xa0;; elle peut être arrêtée</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Don&apos;t ask it; keep the rows shown</source>
        <translation>Ne pas exécuter la requête&#xa0;; garder les lignes affichées</translation>
    </message>
    <message>
        <source>Copy index…</source>
        <translation>Index…</translation>
    </message>
</context>
<context>
    <name>Counts</name>
    <message numerus="yes">
        <source>%Ln migration(s) failed or were interrupted</source>
        <translation>
            <numerusform>%Ln migration a échoué ou a été interrompue</numerusform>
            <numerusform>%Ln migrations ont échoué ou ont été interrompues</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln revision(s) of the database have no file here. Get the project&apos;s latest code, then read again.</source>
        <translation>
            <numerusform>%Ln révision de la base n’a pas de fichier ici. Récupérez la dernière version du projet, puis relisez.</numerusform>
            <numerusform>%Ln révisions de la base n’ont pas de fichier ici. Récupérez la dernière version du projet, puis relisez.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln head(s): the branches were not merged</source>
        <translation>
            <numerusform>%Ln tête&#xa0;: les branches n’ont pas été fusionnées</numerusform>
            <numerusform>%Ln têtes&#xa0;: les branches n’ont pas été fusionnées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln migration(s) are to be run.</source>
        <translation>
            <numerusform>%Ln migration est à exécuter.</numerusform>
            <numerusform>%Ln migrations sont à exécuter.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln migration(s) pending</source>
        <translation>
            <numerusform>%Ln migration en attente</numerusform>
            <numerusform>%Ln migrations en attente</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Models and database differ in %Ln place(s)</source>
        <translation>
            <numerusform>Modèles et base diffèrent en %Ln endroit</numerusform>
            <numerusform>Modèles et base diffèrent en %Ln endroits</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The files of %Ln migration(s) were edited after they were applied.</source>
        <translation>
            <numerusform>Le fichier de %Ln migration a été modifié après son application.</numerusform>
            <numerusform>Les fichiers de %Ln migrations ont été modifiés après leur application.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>All %Ln migration(s) are applied.</source>
        <translation>
            <numerusform>La migration (%Ln) est appliquée.</numerusform>
            <numerusform>Les %Ln migrations sont toutes appliquées.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Deploy %Ln pending</source>
        <translation>
            <numerusform>Déployer (%Ln en attente)</numerusform>
            <numerusform>Déployer (%Ln en attente)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>It would add {number} row(s)</source>
        <translation>
            <numerusform>Ajouterait {number} ligne</numerusform>
            <numerusform>Ajouterait {number} lignes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>It would change {number} row(s)</source>
        <translation>
            <numerusform>Modifierait {number} ligne</numerusform>
            <numerusform>Modifierait {number} lignes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Added {number} row(s)</source>
        <translation>
            <numerusform>{number} ligne ajoutée</numerusform>
            <numerusform>{number} lignes ajoutées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Changed {number} row(s)</source>
        <translation>
            <numerusform>{number} ligne modifiée</numerusform>
            <numerusform>{number} lignes modifiées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln sequence(s) moved on all the same, since PostgreSQL takes no number back: {names}.</source>
        <translation>
            <numerusform>%Ln séquence a tout de même avancé, car PostgreSQL ne reprend aucun numéro&#xa0;: {names}.</numerusform>
            <numerusform>%Ln séquences ont tout de même avancé, car PostgreSQL ne reprend aucun numéro&#xa0;: {names}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s) were imported, and are as they were sent</source>
        <translation>
            <numerusform>{number} ligne importée, identique à ce qui a été envoyé</numerusform>
            <numerusform>{number} lignes importées, identiques à ce qui a été envoyé</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} value(s) or row(s) are refused</source>
        <translation>
            <numerusform>{number} valeur ou ligne refusée</numerusform>
            <numerusform>{number} valeurs ou lignes refusées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s) can be imported: nothing is refused</source>
        <translation>
            <numerusform>{number} ligne peut être importée&#xa0;: rien n’est refusé</numerusform>
            <numerusform>{number} lignes peuvent être importées&#xa0;: rien n’est refusé</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s)</source>
        <translation>
            <numerusform>%Ln table</numerusform>
            <numerusform>%Ln tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s)</source>
        <translation>
            <numerusform>{number} ligne</numerusform>
            <numerusform>{number} lignes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln backup(s)</source>
        <translation>
            <numerusform>%Ln sauvegarde</numerusform>
            <numerusform>%Ln sauvegardes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s)</source>
        <translation>
            <numerusform>%Ln ligne</numerusform>
            <numerusform>%Ln lignes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) compared</source>
        <translation>
            <numerusform>%Ln table comparée</numerusform>
            <numerusform>%Ln tables comparées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) not as they were</source>
        <translation>
            <numerusform>%Ln table n’est pas comme avant</numerusform>
            <numerusform>%Ln tables ne sont pas comme avant</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Bring back %Ln row(s)</source>
        <translation>
            <numerusform>Ramener %Ln ligne</numerusform>
            <numerusform>Ramener %Ln lignes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %Ln backup(s)</source>
        <translation>
            <numerusform>Supprimer %Ln sauvegarde</numerusform>
            <numerusform>Supprimer %Ln sauvegardes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln backup(s) deleted</source>
        <translation>
            <numerusform>%Ln sauvegarde supprimée</numerusform>
            <numerusform>%Ln sauvegardes supprimées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln backup(s) stay</source>
        <translation>
            <numerusform>%Ln sauvegarde reste</numerusform>
            <numerusform>%Ln sauvegardes restent</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln backup(s) would go, which frees {size}</source>
        <translation>
            <numerusform>%Ln sauvegarde partirait, ce qui libère {size}</numerusform>
            <numerusform>%Ln sauvegardes partiraient, ce qui libère {size}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) in {time}</source>
        <translation>
            <numerusform>%Ln table en {time}</numerusform>
            <numerusform>%Ln tables en {time}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{profile}: %Ln scheduled backup(s) failed, last on {moment}.</source>
        <translation>
            <numerusform>{profile}&#xa0;: %Ln sauvegarde planifiée a échoué, le {moment}.</numerusform>
            <numerusform>{profile}&#xa0;: %Ln sauvegardes planifiées ont échoué, la dernière le {moment}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{profile}: %Ln scheduled backup(s) did not begin, last on {moment}.</source>
        <translation>
            <numerusform>{profile}&#xa0;: %Ln sauvegarde planifiée n’a pas commencé, le {moment}.</numerusform>
            <numerusform>{profile}&#xa0;: %Ln sauvegardes planifiées n’ont pas commencé, la dernière le {moment}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>et %Ln autre</numerusform>
            <numerusform>et %Ln autres</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln smaller one(s)</source>
        <translation>
            <numerusform>%Ln plus petite</numerusform>
            <numerusform>%Ln plus petites</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln thing(s) to look at</source>
        <translation>
            <numerusform>%Ln chose à regarder</numerusform>
            <numerusform>%Ln choses à regarder</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln session(s)</source>
        <translation>
            <numerusform>%Ln session</numerusform>
            <numerusform>%Ln sessions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln statement(s)</source>
        <translation>
            <numerusform>%Ln instruction</numerusform>
            <numerusform>%Ln instructions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln sample(s)</source>
        <translation>
            <numerusform>%Ln relevé</numerusform>
            <numerusform>%Ln relevés</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Of %Ln table(s) your role may not know the bloat: pg_read_all_data would show it.</source>
        <translation>
            <numerusform>De %Ln table, votre rôle ne peut pas connaître le vide&#xa0;: pg_read_all_data le montrerait.</numerusform>
            <numerusform>De %Ln tables, votre rôle ne peut pas connaître le vide&#xa0;: pg_read_all_data le montrerait.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln chosen table(s)</source>
        <translation>
            <numerusform>%Ln table choisie</numerusform>
            <numerusform>%Ln tables choisies</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) done</source>
        <translation>
            <numerusform>%Ln table faite</numerusform>
            <numerusform>%Ln tables faites</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln session(s) wait</source>
        <translation>
            <numerusform>%Ln session attend</numerusform>
            <numerusform>%Ln sessions attendent</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln new</source>
        <translation>
            <numerusform>%Ln nouvelle</numerusform>
            <numerusform>%Ln nouvelles</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln changed</source>
        <translation>
            <numerusform>%Ln modifiée</numerusform>
            <numerusform>%Ln modifiées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln deleted</source>
        <translation>
            <numerusform>%Ln supprimée</numerusform>
            <numerusform>%Ln supprimées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln went along</source>
        <translation>
            <numerusform>%Ln entraînée</numerusform>
            <numerusform>%Ln entraînées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{rows} went along in %Ln table(s)</source>
        <translation>
            <numerusform>{rows} entraînées dans %Ln table</numerusform>
            <numerusform>{rows} entraînées dans %Ln tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{table} and %Ln more</source>
        <translation>
            <numerusform>{table} et %Ln autre</numerusform>
            <numerusform>{table} et %Ln autres</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The first %Ln row(s) of {total} are shown.</source>
        <translation>
            <numerusform>%Ln ligne sur {total} est affichée.</numerusform>
            <numerusform>Les %Ln premières lignes sur {total} sont affichées.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) of {table}: {reason}</source>
        <translation>
            <numerusform>%Ln ligne de {table}&#xa0;: {reason}</numerusform>
            <numerusform>%Ln lignes de {table}&#xa0;: {reason}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %Ln set(s)</source>
        <translation>
            <numerusform>Supprimer %Ln enregistrement</numerusform>
            <numerusform>Supprimer %Ln enregistrements</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln set(s) would go, which frees {size}</source>
        <translation>
            <numerusform>%Ln enregistrement partirait, ce qui libère {size}</numerusform>
            <numerusform>%Ln enregistrements partiraient, ce qui libère {size}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln set(s) deleted</source>
        <translation>
            <numerusform>%Ln enregistrement supprimé</numerusform>
            <numerusform>%Ln enregistrements supprimés</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The selection: {number} row(s), the columns chosen in it</source>
        <translation>
            <numerusform>La sélection&#xa0;: {number} ligne, les colonnes qui y sont choisies</numerusform>
            <numerusform>La sélection&#xa0;: {number} lignes, les colonnes qui y sont choisies</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} new row(s)</source>
        <translation>
            <numerusform>{number} nouvelle ligne</numerusform>
            <numerusform>{number} nouvelles lignes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} changed row(s)</source>
        <translation>
            <numerusform>{number} ligne modifiée</numerusform>
            <numerusform>{number} lignes modifiées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} line(s) were passed over: no row has their key.</source>
        <translation>
            <numerusform>{number} ligne a été passée&#xa0;: aucune n’a sa clé.</numerusform>
            <numerusform>{number} lignes ont été passées&#xa0;: aucune n’a leur clé.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} line(s) were not written: a trigger of the table let them fall.</source>
        <translation>
            <numerusform>{number} ligne n’a pas été écrite&#xa0;: un déclencheur de la table l’a écartée.</numerusform>
            <numerusform>{number} lignes n’ont pas été écrites&#xa0;: un déclencheur de la table les a écartées.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} line(s) are refused. Nothing was written.</source>
        <translation>
            <numerusform>{number} ligne est refusée. Rien n’a été écrit.</numerusform>
            <numerusform>{number} lignes sont refusées. Rien n’a été écrit.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CreateDialog</name>
    <message>
        <source>Create a migration</source>
        <translation>Créer une migration</translation>
    </message>
    <message>
        <source>Name of the migration</source>
        <translation>Nom de la migration</translation>
    </message>
    <message>
        <source>add notes to bookings</source>
        <translation>ajouter des notes aux réservations</translation>
    </message>
    <message>
        <source>An empty migration, to be filled by hand</source>
        <translation>Une migration vide, à remplir à la main</translation>
    </message>
    <message>
        <source>Another name</source>
        <translation>Autre nom</translation>
    </message>
    <message>
        <source>Write only</source>
        <translation>Écrire seulement</translation>
    </message>
    <message>
        <source>Write and apply…</source>
        <translation>Écrire et appliquer…</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Suivant</translation>
    </message>
    <message>
        <source>Preparing the migration</source>
        <translation>Préparation de la migration</translation>
    </message>
    <message>
        <source>Comparing the models with the database</source>
        <translation>Comparaison des modèles avec la base</translation>
    </message>
    <message>
        <source>Models and database agree</source>
        <translation>Modèles et base concordent</translation>
    </message>
    <message>
        <source>There is nothing to write. A migration that only changes rows begins empty.</source>
        <translation>Il n’y a rien à écrire. Une migration qui ne modifie que des lignes commence vide.</translation>
    </message>
    <message>
        <source>Create an empty migration</source>
        <translation>Créer une migration vide</translation>
    </message>
    <message>
        <source>Create migration “{name}”</source>
        <translation>Créer la migration «&#xa0;{name}&#xa0;»</translation>
    </message>
    <message>
        <source>Discard what you wrote?</source>
        <translation>Abandonner ce que vous avez écrit&#xa0;?</translation>
    </message>
    <message>
        <source>The code was changed by hand, and no file was written yet.</source>
        <translation>Le code a été modifié à la main, et aucun fichier n’a encore été écrit.</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Abandonner</translation>
    </message>
    <message>
        <source>Writing a migration</source>
        <translation>Écriture d’une migration</translation>
    </message>
    <message>
        <source>Migration written</source>
        <translation>Migration écrite</translation>
    </message>
    <message>
        <source>Written</source>
        <translation>Écrite</translation>
    </message>
    <message>
        <source>Models and database are compared, and the migration that brings the database to the models is shown before anything is written.</source>
        <translation>Les modèles et la base sont comparés, et la migration qui aligne la base sur les modèles est affichée avant que rien ne soit écrit.</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Nom&#xa0;:</translation>
    </message>
    <message>
        <source>Create a backup</source>
        <translation>Créer une sauvegarde</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Parcourir…</translation>
    </message>
    <message>
        <source>Create the backup</source>
        <translation>Créer la sauvegarde</translation>
    </message>
    <message>
        <source>The whole database</source>
        <translation>Toute la base</translation>
    </message>
    <message>
        <source>Chosen schemas and tables</source>
        <translation>Schémas et tables choisis</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Dossier</translation>
    </message>
    <message>
        <source>Name of the file</source>
        <translation>Nom du fichier</translation>
    </message>
    <message>
        <source>empty: by database and moment</source>
        <translation>vide&#xa0;: d’après la base et le moment</translation>
    </message>
    <message>
        <source>Choose the folder</source>
        <translation>Choisir le dossier</translation>
    </message>
    <message>
        <source>Tick what is to be backed up.</source>
        <translation>Cochez ce qui est à sauvegarder.</translation>
    </message>
    <message>
        <source>about {size} to write, {free} free in the folder</source>
        <translation>environ {size} à écrire, {free} libres dans le dossier</translation>
    </message>
    <message>
        <source>There may not be room for it. Choose another folder, or compress it.</source>
        <translation>La place pourrait manquer. Choisissez un autre dossier, ou compressez.</translation>
    </message>
    <message>
        <source>Folder for the backup</source>
        <translation>Dossier de la sauvegarde</translation>
    </message>
</context>
<context>
    <name>CreateForm</name>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Custom: one compressed file, tables can be chosen later</source>
        <translation>Custom&#xa0;: un fichier compressé, tables au choix plus tard</translation>
    </message>
    <message>
        <source>Directory: a file per table, several jobs</source>
        <translation>Dossier&#xa0;: un fichier par table, plusieurs tâches</translation>
    </message>
    <message>
        <source>Plain SQL, for psql</source>
        <translation>SQL en clair, pour psql</translation>
    </message>
    <message>
        <source>Compression</source>
        <translation>Compression</translation>
    </message>
    <message>
        <source>gzip</source>
        <translation>gzip</translation>
    </message>
    <message>
        <source>zstd: faster and smaller, PostgreSQL 16 or later</source>
        <translation>zstd&#xa0;: plus rapide et plus petit, PostgreSQL 16 ou plus</translation>
    </message>
    <message>
        <source>none</source>
        <translation>aucune</translation>
    </message>
    <message>
        <source>Contents</source>
        <translation>Contenu</translation>
    </message>
    <message>
        <source>Tables and their rows</source>
        <translation>Les tables et leurs lignes</translation>
    </message>
    <message>
        <source>Tables without rows</source>
        <translation>Les tables sans leurs lignes</translation>
    </message>
    <message>
        <source>Rows alone</source>
        <translation>Les lignes seules</translation>
    </message>
    <message>
        <source>the same as here (PostgreSQL {major})</source>
        <translation>la même qu’ici (PostgreSQL {major})</translation>
    </message>
    <message>
        <source>To be restored on</source>
        <translation>À restaurer sur</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>Tâches</translation>
    </message>
    <message>
        <source>Jobs: tables that are written at once</source>
        <translation>Tâches&#xa0;: tables écrites en même temps</translation>
    </message>
    <message>
        <source>Count rows and sum them up, to compare when it is proven</source>
        <translation>Compter les lignes, pour comparer à l’épreuve</translation>
    </message>
    <message>
        <source>Roles and tablespaces beside it</source>
        <translation>Rôles et tablespaces à côté</translation>
    </message>
    <message>
        <source>… with the roles&apos; password hashes</source>
        <translation>… avec les empreintes des mots de passe</translation>
    </message>
    <message>
        <source>Encrypt for ({program})</source>
        <translation>Chiffrer pour ({program})</translation>
    </message>
    <message>
        <source>empty: not at all; else age1…, or fingerprints of GnuPG keys</source>
        <translation>vide&#xa0;: non&#xa0;; sinon age1… ou empreintes de clés GnuPG</translation>
    </message>
</context>
<context>
    <name>Cures</name>
    <message>
        <source>Show the row that has it</source>
        <translation>Montrer la ligne qui l’a</translation>
    </message>
    <message>
        <source>Choose a row it can point to</source>
        <translation>Choisir une ligne vers laquelle pointer</translation>
    </message>
    <message>
        <source>Show the rows of {table} that refer to it</source>
        <translation>Montrer les lignes de {table} qui s’y réfèrent</translation>
    </message>
    <message>
        <source>Go to the row</source>
        <translation>Aller à la ligne</translation>
    </message>
    <message>
        <source>Edit {column}</source>
        <translation>Modifier {column}</translation>
    </message>
    <message>
        <source>Another row that is not saved yet has the same value.</source>
        <translation>Une autre ligne non enregistrée a la même valeur.</translation>
    </message>
    <message>
        <source>No row has it any more: somebody changed it meanwhile. Save again.</source>
        <translation>Plus aucune ligne ne l’a&#xa0;: quelqu’un l’a modifiée entre-temps. Enregistrez de nouveau.</translation>
    </message>
</context>
<context>
    <name>CurrentRecord</name>
    <message>
        <source>New row</source>
        <translation>Nouvelle ligne</translation>
    </message>
    <message>
        <source>Row {number}</source>
        <translation>Ligne {number}</translation>
    </message>
</context>
<context>
    <name>DataPanel</name>
    <message numerus="yes">
        <source>%Ln row(s) of {number} tables are staged. They are saved together, from any of these tabs.</source>
        <translation>
            <numerusform>%Ln ligne de {number} tables est en attente. Elles s’enregistrent ensemble, depuis n’importe lequel de ces onglets.</numerusform>
            <numerusform>%Ln lignes de {number} tables sont en attente. Elles s’enregistrent ensemble, depuis n’importe lequel de ces onglets.</numerusform>
        </translation>
    </message>
    <message>
        <source>Save the new row first.</source>
        <translation>Enregistrez d’abord la nouvelle ligne.</translation>
    </message>
    <message>
        <source>Changes are being saved. Wait for that, or stop it first.</source>
        <translation>Des modifications sont en cours d’enregistrement. Attendez la fin, ou arrêtez-le d’abord.</translation>
    </message>
    <message>
        <source>Unsaved changes</source>
        <translation>Modifications non enregistrées</translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) with changes that were not saved will be lost.</source>
        <translation>
            <numerusform>%Ln ligne aux modifications non enregistrées sera perdue.</numerusform>
            <numerusform>%Ln lignes aux modifications non enregistrées seront perdues.</numerusform>
        </translation>
    </message>
    <message>
        <source>Discard changes</source>
        <translation>Abandonner les modifications</translation>
    </message>
    <message>
        <source>Save first</source>
        <translation>Enregistrer d’abord</translation>
    </message>
    <message>
        <source>Choose a table</source>
        <translation>Choisissez une table</translation>
    </message>
    <message>
        <source>Pick one on the left, or press Ctrl+K and type its name.</source>
        <translation>Sélectionnez-en une à gauche, ou appuyez sur Ctrl+K et saisissez son nom.</translation>
    </message>
    <message>
        <source>Go to the migrations</source>
        <translation>Aller aux migrations</translation>
    </message>
    <message>
        <source>Go to the seeds</source>
        <translation>Aller aux jeux de données</translation>
    </message>
    <message>
        <source>Go to the backups</source>
        <translation>Aller aux sauvegardes</translation>
    </message>
    <message>
        <source>Run the project&apos;s migrations, a seed or an import, or restore a backup.</source>
        <translation>Exécutez les migrations du projet, un jeu de données ou un import, ou restaurez une sauvegarde.</translation>
    </message>
    <message>
        <source>This database has no tables yet</source>
        <translation>Cette base n’a pas encore de table</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Précédent</translation>
    </message>
    <message>
        <source>Forward</source>
        <translation>Suivant</translation>
    </message>
    <message>
        <source>Open tables</source>
        <translation>Tables ouvertes</translation>
    </message>
    <message>
        <source>Tables further left</source>
        <translation>Tables plus à gauche</translation>
    </message>
    <message>
        <source>Tables further right</source>
        <translation>Tables plus à droite</translation>
    </message>
    <message>
        <source>Close {table}</source>
        <translation>Fermer {table}</translation>
    </message>
</context>
<context>
    <name>DeclareDialog</name>
    <message>
        <source>What this database is for</source>
        <translation>Usage de cette base</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>Environnement</translation>
    </message>
    <message>
        <source>It says nothing</source>
        <translation>Aucun usage déclaré</translation>
    </message>
    <message>
        <source>Declare</source>
        <translation>Déclarer</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>The database {database} can say itself what it is for. Whoever opens it with Nexus Studio as something else is stopped, whatever their connection is marked.</source>
        <translation>La base {database} peut déclarer elle-même son usage. Toute ouverture avec Nexus Studio sous un autre environnement est alors refusée, quel que soit le marquage de la connexion.</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>aucun</translation>
    </message>
    <message>
        <source>It says now</source>
        <translation>Usage déclaré actuellement</translation>
    </message>
    <message>
        <source>From now on</source>
        <translation>Désormais</translation>
    </message>
</context>
<context>
    <name>DeployDialog</name>
    <message>
        <source>Deploy migrations</source>
        <translation>Déployer les migrations</translation>
    </message>
    <message>
        <source>Deploy</source>
        <translation>Déployer</translation>
    </message>
    <message>
        <source>Reading where the database stands</source>
        <translation>Lecture de l’état de la base</translation>
    </message>
    <message>
        <source>Nothing to deploy</source>
        <translation>Rien à déployer</translation>
    </message>
    <message>
        <source>Every revision is in the database.</source>
        <translation>Toutes les révisions sont dans la base.</translation>
    </message>
    <message>
        <source>Deploy all branches as they are</source>
        <translation>Déployer toutes les branches telles quelles</translation>
    </message>
    <message numerus="yes">
        <source>1  Plan · %Ln revision(s)</source>
        <translation>
            <numerusform>1  Plan · %Ln révision</numerusform>
            <numerusform>1  Plan · %Ln révisions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Deploy %Ln revision(s)</source>
        <translation>
            <numerusform>Déployer %Ln révision</numerusform>
            <numerusform>Déployer %Ln révisions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Deploy %Ln revision(s) to production</source>
        <translation>
            <numerusform>Déployer %Ln révision en production</numerusform>
            <numerusform>Déployer %Ln révisions en production</numerusform>
        </translation>
    </message>
    <message>
        <source>Rehearsing on a copy; your database is not touched</source>
        <translation>Répétition sur une copie&#xa0;; votre base n’est pas touchée</translation>
    </message>
    <message>
        <source>2  Safety report · running</source>
        <translation>2  Rapport de sûreté · en cours</translation>
    </message>
    <message numerus="yes">
        <source>2  Safety report · %Ln danger(s)</source>
        <translation>
            <numerusform>2  Rapport de sûreté · %Ln danger</numerusform>
            <numerusform>2  Rapport de sûreté · %Ln dangers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>2  Safety report · %Ln caution(s)</source>
        <translation>
            <numerusform>2  Rapport de sûreté · %Ln mise en garde</numerusform>
            <numerusform>2  Rapport de sûreté · %Ln mises en garde</numerusform>
        </translation>
    </message>
    <message>
        <source>2  Safety report · not rehearsed</source>
        <translation>2  Rapport de sûreté · sans répétition</translation>
    </message>
    <message>
        <source>2  Safety report · nothing dangerous</source>
        <translation>2  Rapport de sûreté · rien de dangereux</translation>
    </message>
    <message>
        <source>The safety report comes first.</source>
        <translation>Le rapport de sûreté vient d’abord.</translation>
    </message>
    <message>
        <source>Make a backup, or tick “I have a backup”, to go on.</source>
        <translation>Faites une sauvegarde, ou cochez «&#xa0;J’ai une sauvegarde&#xa0;», pour continuer.</translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more danger(s)</source>
        <translation>
            <numerusform>et %Ln autre danger</numerusform>
            <numerusform>et %Ln autres dangers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln revision(s) will be applied to {database}.</source>
        <translation>
            <numerusform>%Ln révision sera appliquée à {database}.</numerusform>
            <numerusform>%Ln révisions seront appliquées à {database}.</numerusform>
        </translation>
    </message>
    <message>
        <source>A statement that waits for a lock gives up after {seconds} s (lock_timeout).</source>
        <translation>Une instruction qui attend un verrou abandonne après {seconds}&#xa0;s (lock_timeout).</translation>
    </message>
    <message>
        <source>Deploy now?</source>
        <translation>Déployer maintenant&#xa0;?</translation>
    </message>
    <message>
        <source>Deploying migrations</source>
        <translation>Déploiement des migrations</translation>
    </message>
    <message>
        <source>Plan, safety report, run</source>
        <translation>Plan, rapport de sûreté, exécution</translation>
    </message>
    <message>
        <source>1  Plan</source>
        <translation>1  Plan</translation>
    </message>
    <message>
        <source>2  Safety report</source>
        <translation>2  Rapport de sûreté</translation>
    </message>
    <message>
        <source>3  Run</source>
        <translation>3  Exécution</translation>
    </message>
</context>
<context>
    <name>DifferenceList</name>
    <message>
        <source>Differences between models and database</source>
        <translation>Différences entre les modèles et la base</translation>
    </message>
    <message>
        <source>Loses data: {difference}</source>
        <translation>Perte de données&#xa0;: {difference}</translation>
    </message>
</context>
<context>
    <name>DowngradeDialog</name>
    <message>
        <source>Downgrade</source>
        <translation>Revenir en arrière</translation>
    </message>
    <message>
        <source>Revision that stays</source>
        <translation>Révision qui reste</translation>
    </message>
    <message>
        <source>Another target</source>
        <translation>Autre cible</translation>
    </message>
    <message>
        <source>Show the plan</source>
        <translation>Afficher le plan</translation>
    </message>
    <message>
        <source>Take back…</source>
        <translation>Retirer…</translation>
    </message>
    <message>
        <source>Nothing to take back</source>
        <translation>Rien à retirer</translation>
    </message>
    <message>
        <source>No revision is in the database.</source>
        <translation>Aucune révision n’est dans la base.</translation>
    </message>
    <message>
        <source>One step back</source>
        <translation>Une étape en arrière</translation>
    </message>
    <message>
        <source>Back to “{name}”</source>
        <translation>Retour à «&#xa0;{name}&#xa0;»</translation>
    </message>
    <message>
        <source>Base: all of them</source>
        <translation>Base&#xa0;: toutes</translation>
    </message>
    <message>
        <source>Finding out what would run</source>
        <translation>Recherche de ce qui serait exécuté</translation>
    </message>
    <message>
        <source>The database is there already.</source>
        <translation>La base y est déjà.</translation>
    </message>
    <message numerus="yes">
        <source>Take back %Ln revision(s)…</source>
        <translation>
            <numerusform>Retirer %Ln révision…</numerusform>
            <numerusform>Retirer %Ln révisions…</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>et %Ln autre</numerusform>
            <numerusform>et %Ln autres</numerusform>
        </translation>
    </message>
    <message>
        <source>What was written since into tables and columns that go is gone with them.</source>
        <translation>Ce qui a été écrit depuis dans les tables et colonnes retirées disparaît avec elles.</translation>
    </message>
    <message>
        <source>What is lost</source>
        <translation>Ce qui est perdu</translation>
    </message>
    <message>
        <source>Make a backup, or tick “I have a backup”, to go on.</source>
        <translation>Faites une sauvegarde, ou cochez «&#xa0;J’ai une sauvegarde&#xa0;», pour continuer.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln revision(s) will be taken back in {database}.</source>
        <translation>
            <numerusform>%Ln révision sera retirée de {database}.</numerusform>
            <numerusform>%Ln révisions seront retirées de {database}.</numerusform>
        </translation>
    </message>
    <message>
        <source>Downgrade now?</source>
        <translation>Revenir en arrière maintenant&#xa0;?</translation>
    </message>
    <message>
        <source>Taking migrations back</source>
        <translation>Retrait de migrations</translation>
    </message>
    <message>
        <source>Revisions are taken back newest first, by their downgrade. Nothing runs before you saw the plan.</source>
        <translation>Les révisions sont retirées de la plus récente à la plus ancienne, par leur downgrade. Rien n’est exécuté avant que vous ayez vu le plan.</translation>
    </message>
    <message>
        <source>Down to:</source>
        <translation>Revenir à&#xa0;:</translation>
    </message>
</context>
<context>
    <name>DraftDialog</name>
    <message>
        <source>Edits of {table} that were not saved</source>
        <translation>Modifications de {table} non enregistrées</translation>
    </message>
    <message>
        <source>Edits that were not saved</source>
        <translation>Modifications non enregistrées</translation>
    </message>
    <message>
        <source>Row</source>
        <translation>Ligne</translation>
    </message>
    <message>
        <source>Was</source>
        <translation>Avant</translation>
    </message>
    <message>
        <source>Becomes</source>
        <translation>Devient</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s), by {role} on {place}</source>
        <translation>
            <numerusform>%Ln ligne, par {role} sur {place}</numerusform>
            <numerusform>%Ln lignes, par {role} sur {place}</numerusform>
        </translation>
    </message>
    <message>
        <source>The first {number} are shown.</source>
        <translation>Les {number} premières sont affichées.</translation>
    </message>
    <message>
        <source>New row</source>
        <translation>Nouvelle ligne</translation>
    </message>
    <message>
        <source>Delete {row}</source>
        <translation>Supprimer {row}</translation>
    </message>
    <message>
        <source>Change {row}</source>
        <translation>Modifier {row}</translation>
    </message>
</context>
<context>
    <name>DraftKeeper</name>
    <message numerus="yes">
        <source>{table}: %Ln row(s)</source>
        <translation>
            <numerusform>{table}&#xa0;: %Ln ligne</numerusform>
            <numerusform>{table}&#xa0;: %Ln lignes</numerusform>
        </translation>
    </message>
    <message>
        <source>Edits that were not saved when Nexus Studio ended are kept</source>
        <translation>Des modifications non enregistrées à la fin de Nexus Studio sont gardées</translation>
    </message>
    <message>
        <source>Show them</source>
        <translation>Les afficher</translation>
    </message>
    <message>
        <source>{file} was written by a newer Nexus Studio, which can read it</source>
        <translation>{file} a été écrit par un Nexus Studio plus récent, qui sait le lire</translation>
    </message>
    <message>
        <source>{file} is damaged and can&apos;t be read</source>
        <translation>{file} est endommagé et illisible</translation>
    </message>
    <message>
        <source>They take a save back in {tables}, and are saved together, from any of these tabs.</source>
        <translation>Elles annulent un enregistrement dans {tables} et s’enregistrent ensemble, depuis n’importe lequel de ces onglets.</translation>
    </message>
</context>
<context>
    <name>DraftOffer</name>
    <message>
        <source>Edits that were not saved</source>
        <translation>Modifications non enregistrées</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Restaurer</translation>
    </message>
    <message>
        <source>Stage them again; they are compared with the rows first</source>
        <translation>Les remettre en attente&#xa0;; elles sont d’abord comparées aux lignes</translation>
    </message>
    <message>
        <source>Look…</source>
        <translation>Voir…</translation>
    </message>
    <message>
        <source>See what was edited</source>
        <translation>Voir ce qui a été modifié</translation>
    </message>
    <message>
        <source>Discard…</source>
        <translation>Abandonner…</translation>
    </message>
    <message>
        <source>Forget them for good</source>
        <translation>Les oublier pour de bon</translation>
    </message>
</context>
<context>
    <name>DraftRestoring</name>
    <message numerus="yes">
        <source>%Ln row(s) edited here were not saved when Nexus Studio ended</source>
        <translation>
            <numerusform>%Ln ligne modifiée ici n’était pas enregistrée à la fin de Nexus Studio</numerusform>
            <numerusform>%Ln lignes modifiées ici n’étaient pas enregistrées à la fin de Nexus Studio</numerusform>
        </translation>
    </message>
    <message>
        <source>A save was under way: it is looked up what of it was written.</source>
        <translation>Un enregistrement était en cours&#xa0;: on regarde ce qui en a été écrit.</translation>
    </message>
    <message>
        <source>The file of these edits was cut: what is whole in it is here.</source>
        <translation>Le fichier de ces modifications a été coupé&#xa0;: ce qui y est entier est ici.</translation>
    </message>
    <message>
        <source>The end of their file can&apos;t be read: the last edits before the crash are missing.</source>
        <translation>La fin de leur fichier est illisible&#xa0;: les dernières modifications avant la panne manquent.</translation>
    </message>
    <message>
        <source>Columns that are gone are left out: {names}.</source>
        <translation>Les colonnes disparues sont laissées de côté&#xa0;: {names}.</translation>
    </message>
    <message>
        <source>Columns that are of another type now: {names}.</source>
        <translation>Colonnes dont le type a changé&#xa0;: {names}.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) no longer fit the table.</source>
        <translation>
            <numerusform>%Ln ligne ne convient plus à la table.</numerusform>
            <numerusform>%Ln lignes ne conviennent plus à la table.</numerusform>
        </translation>
    </message>
    <message>
        <source>Restoring edits</source>
        <translation>Restauration des modifications</translation>
    </message>
    <message>
        <source>Perhaps this row is written already: a save of it had begun. Look before you save it.</source>
        <translation>Cette ligne est peut-être déjà écrite&#xa0;: son enregistrement avait commencé. Vérifiez avant de l’enregistrer.</translation>
    </message>
    <message>
        <source>Perhaps this row is written already: a save of it had begun, and a row with its values is there.</source>
        <translation>Cette ligne est peut-être déjà écrite&#xa0;: son enregistrement avait commencé, et une ligne qui a ses valeurs est là.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) were that way already.</source>
        <translation>
            <numerusform>%Ln ligne était déjà ainsi.</numerusform>
            <numerusform>%Ln lignes étaient déjà ainsi.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) were changed by somebody else: resolve them first.</source>
        <translation>
            <numerusform>%Ln ligne a été modifiée par quelqu’un d’autre&#xa0;: réglez-la d’abord.</numerusform>
            <numerusform>%Ln lignes ont été modifiées par quelqu’un d’autre&#xa0;: réglez-les d’abord.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln new row(s) may be saved already: look before you save.</source>
        <translation>
            <numerusform>%Ln nouvelle ligne est peut-être déjà enregistrée&#xa0;: vérifiez avant d’enregistrer.</numerusform>
            <numerusform>%Ln nouvelles lignes sont peut-être déjà enregistrées&#xa0;: vérifiez avant d’enregistrer.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) are staged again. Look at them, then save.</source>
        <translation>
            <numerusform>%Ln ligne est de nouveau en attente. Regardez-la, puis enregistrez.</numerusform>
            <numerusform>%Ln lignes sont de nouveau en attente. Regardez-les, puis enregistrez.</numerusform>
        </translation>
    </message>
    <message>
        <source>Discard edits</source>
        <translation>Abandonner les modifications</translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) of {table} with edits that were not saved will be lost.</source>
        <translation>
            <numerusform>%Ln ligne de {table} aux modifications non enregistrées sera perdue.</numerusform>
            <numerusform>%Ln lignes de {table} aux modifications non enregistrées seront perdues.</numerusform>
        </translation>
    </message>
    <message>
        <source>Discard them</source>
        <translation>Les abandonner</translation>
    </message>
</context>
<context>
    <name>DraftView</name>
    <message>
        <source>Code of upgrade()</source>
        <translation>Code de upgrade()</translation>
    </message>
    <message>
        <source>Code of downgrade()</source>
        <translation>Code de downgrade()</translation>
    </message>
    <message>
        <source>SQL of the upgrade</source>
        <translation>SQL de la mise à niveau</translation>
    </message>
    <message numerus="yes">
        <source>%Ln difference(s)</source>
        <translation>
            <numerusform>%Ln différence</numerusform>
            <numerusform>%Ln différences</numerusform>
        </translation>
    </message>
    <message>
        <source>An empty migration</source>
        <translation>Une migration vide</translation>
    </message>
    <message>
        <source>File: {name}</source>
        <translation>Fichier&#xa0;: {name}</translation>
    </message>
    <message>
        <source>SQL · not known</source>
        <translation>SQL · inconnu</translation>
    </message>
    <message>
        <source>SQL</source>
        <translation>SQL</translation>
    </message>
    <message>
        <source>Were these renamed?</source>
        <translation>S’agit-il de renommages&#xa0;?</translation>
    </message>
    <message>
        <source>What is renamed keeps its values; what is dropped and added anew does not.</source>
        <translation>Ce qui est renommé garde ses valeurs&#xa0;; ce qui est supprimé puis ajouté de nouveau les perd.</translation>
    </message>
    <message>
        <source>SQL · being written</source>
        <translation>SQL · en cours d’écriture</translation>
    </message>
    <message>
        <source>Code or SQL</source>
        <translation>Code ou SQL</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>Code</translation>
    </message>
</context>
<context>
    <name>DuplicateDialog</name>
    <message>
        <source>Duplicate {row}</source>
        <translation>Dupliquer {row}</translation>
    </message>
    <message>
        <source>&amp;Stage</source>
        <translation>&amp;Mettre en attente</translation>
    </message>
    <message>
        <source>The copy and the rows you tick become new rows with keys of their own, linked as the originals are. They are staged: look at them, then save.</source>
        <translation>La copie et les lignes cochées deviennent de nouvelles lignes avec leurs propres clés, liées comme les originales. Elles sont mises en attente&#xa0;: regardez-les, puis enregistrez.</translation>
    </message>
    <message>
        <source>Tables whose rows are copied along</source>
        <translation>Tables dont les lignes sont copiées avec</translation>
    </message>
    <message>
        <source>Rows that point here</source>
        <translation>Lignes qui pointent ici</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Lignes</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Stage the copies</source>
        <translation>Mettre les copies en attente</translation>
    </message>
    <message>
        <source>No table points here.</source>
        <translation>Aucune table ne pointe ici.</translation>
    </message>
    <message>
        <source>No table points to these rows.</source>
        <translation>Aucune table ne pointe vers ces lignes.</translation>
    </message>
    <message>
        <source>Reading the rows…</source>
        <translation>Lecture des lignes…</translation>
    </message>
    <message numerus="yes">
        <source>%Ln unique value(s) the copies can&apos;t share</source>
        <translation>
            <numerusform>%Ln valeur unique que les copies ne peuvent partager</numerusform>
            <numerusform>%Ln valeurs uniques que les copies ne peuvent partager</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln new row(s): {tables}.</source>
        <translation>
            <numerusform>%Ln nouvelle ligne&#xa0;: {tables}.</numerusform>
            <numerusform>%Ln nouvelles lignes&#xa0;: {tables}.</numerusform>
        </translation>
    </message>
    <message>
        <source>Masked and not copied: {columns}.</source>
        <translation>Masqué et non copié&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>Not copied, your role may not: {columns}.</source>
        <translation>Non copié, votre rôle ne le peut pas&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>Taking numbers for the copies</source>
        <translation>Prise de numéros pour les copies</translation>
    </message>
</context>
<context>
    <name>EmptyOffer</name>
    <message>
        <source>New row</source>
        <translation>Nouvelle ligne</translation>
    </message>
</context>
<context>
    <name>EnvPage</name>
    <message>
        <source>Saving .env</source>
        <translation>Enregistrement de .env</translation>
    </message>
    <message>
        <source>Creating .env</source>
        <translation>Création de .env</translation>
    </message>
    <message>
        <source>No .env file is read.</source>
        <translation>Aucun fichier .env n’est lu.</translation>
    </message>
    <message>
        <source>There is no .env file yet. Its example says what belongs into it.</source>
        <translation>Il n’y a pas encore de fichier .env. Son exemple indique ce qu’il doit contenir.</translation>
    </message>
    <message>
        <source>There is neither a .env nor a .env.example in this folder.</source>
        <translation>Il n’y a ni .env ni .env.example dans ce dossier.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln change(s), not saved yet</source>
        <translation>
            <numerusform>%Ln modification pas encore enregistrée</numerusform>
            <numerusform>%Ln modifications pas encore enregistrées</numerusform>
        </translation>
    </message>
    <message>
        <source>The file is in order.</source>
        <translation>Le fichier est en ordre.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln thing(s) to mend</source>
        <translation>
            <numerusform>%Ln point à corriger</numerusform>
            <numerusform>%Ln points à corriger</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln thing(s) to look at</source>
        <translation>
            <numerusform>%Ln point à vérifier</numerusform>
            <numerusform>%Ln points à vérifier</numerusform>
        </translation>
    </message>
    <message>
        <source>Name of a new variable</source>
        <translation>Nom d’une nouvelle variable</translation>
    </message>
    <message>
        <source>NEW_VARIABLE</source>
        <translation>NOUVELLE_VARIABLE</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Ajouter</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Abandonner</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Enregistrer</translation>
    </message>
    <message>
        <source>Create .env from .env.example</source>
        <translation>Créer .env à partir de .env.example</translation>
    </message>
    <message>
        <source>With random passwords in place of the example&apos;s</source>
        <translation>Avec des mots de passe aléatoires à la place de ceux de l’exemple</translation>
    </message>
    <message>
        <source>For a server that is still to be made: one that exists keeps the password it was made with</source>
        <translation>Pour un serveur qui reste à créer&#xa0;: un serveur existant garde le mot de passe défini à sa création</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
</context>
<context>
    <name>EnvRow</name>
    <message>
        <source>several lines: change it in an editor</source>
        <translation>plusieurs lignes&#xa0;: à modifier dans un éditeur</translation>
    </message>
    <message>
        <source>for example {value}</source>
        <translation>par exemple {value}</translation>
    </message>
    <message>
        <source>not set</source>
        <translation>non définie</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Afficher</translation>
    </message>
    <message>
        <source>Take {name} out of the file</source>
        <translation>Retirer {name} du fichier</translation>
    </message>
</context>
<context>
    <name>Environment</name>
    <message>
        <source>Demo</source>
        <translation>Démonstration</translation>
    </message>
    <message>
        <source>Development</source>
        <translation>Développement</translation>
    </message>
    <message>
        <source>CI</source>
        <translation>Intégration continue</translation>
    </message>
    <message>
        <source>Staging</source>
        <translation>Préproduction</translation>
    </message>
    <message>
        <source>Production</source>
        <translation>Production</translation>
    </message>
    <message>
        <source>DEMO</source>
        <translation>DÉMO</translation>
    </message>
    <message>
        <source>DEV</source>
        <translation>DÉV</translation>
    </message>
    <message>
        <source>STAGING</source>
        <translation>PRÉPROD</translation>
    </message>
    <message>
        <source>PRODUCTION</source>
        <translation>PRODUCTION</translation>
    </message>
</context>
<context>
    <name>ErrorPage</name>
    <message>
        <source>PostgreSQL&apos;s own words</source>
        <translation>Message de PostgreSQL</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Copier les détails</translation>
    </message>
</context>
<context>
    <name>EvidenceView</name>
    <message>
        <source>Statements and what of them is in the database</source>
        <translation>Instructions et ce qui en est dans la base</translation>
    </message>
    <message>
        <source>Statement</source>
        <translation>Instruction</translation>
    </message>
    <message>
        <source>In the database</source>
        <translation>Dans la base</translation>
    </message>
    <message>
        <source>The selected line in full</source>
        <translation>La ligne sélectionnée en entier</translation>
    </message>
    <message>
        <source>Expected: {words}</source>
        <translation>Attendu&#xa0;: {words}</translation>
    </message>
    <message>
        <source>Found: {words}</source>
        <translation>Trouvé&#xa0;: {words}</translation>
    </message>
</context>
<context>
    <name>ExplainPage</name>
    <message>
        <source>EXPLAIN</source>
        <translation>EXPLAIN</translation>
    </message>
    <message>
        <source>A statement, with $1, $2 … where values are not known</source>
        <translation>Une instruction, avec $1, $2 … là où les valeurs ne sont pas connues</translation>
    </message>
    <message>
        <source>The statement to be explained</source>
        <translation>L’instruction à expliquer</translation>
    </message>
    <message>
        <source>Explain</source>
        <translation>Expliquer</translation>
    </message>
    <message>
        <source>Run and measure…</source>
        <translation>Exécuter et mesurer…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Arrêter</translation>
    </message>
    <message>
        <source>Copy the plan</source>
        <translation>Copier le plan</translation>
    </message>
    <message>
        <source>Run the statement, and measure it?</source>
        <translation>Exécuter l’instruction et la mesurer&#x202f;?</translation>
    </message>
    <message>
        <source>It is run to its end, in a transaction that can only read and is rolled back.</source>
        <translation>Elle est exécutée jusqu’au bout, dans une transaction qui ne peut que lire et qui est annulée.</translation>
    </message>
    <message>
        <source>Run and measure</source>
        <translation>Exécuter et mesurer</translation>
    </message>
    <message>
        <source>It loads the server as it does at any other time, until it is done or you stop it.</source>
        <translation>Elle charge le serveur comme d’habitude, jusqu’à sa fin ou jusqu’à ce que vous l’arrêtiez.</translation>
    </message>
    <message>
        <source>Functions that it calls are called.</source>
        <translation>Les fonctions qu’elle appelle sont appelées.</translation>
    </message>
    <message>
        <source>Running…</source>
        <translation>Exécution…</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>Question au serveur…</translation>
    </message>
    <message>
        <source>Measuring a statement</source>
        <translation>Mesure d’une instruction</translation>
    </message>
    <message>
        <source>The plan of what was explained before</source>
        <translation>Le plan de ce qui a été expliqué avant</translation>
    </message>
    <message>
        <source>the statement has been changed since</source>
        <translation>l’instruction a changé depuis</translation>
    </message>
    <message>
        <source>How the server runs a statement</source>
        <translation>Comment le serveur exécute une instruction</translation>
    </message>
    <message>
        <source>It is not run by explaining it.</source>
        <translation>L’expliquer ne l’exécute pas.</translation>
    </message>
    <message>
        <source>Run in {time}</source>
        <translation>Exécutée en {time}</translation>
    </message>
    <message>
        <source>planned in {time}</source>
        <translation>planifiée en {time}</translation>
    </message>
    <message>
        <source>it could only read, and was rolled back</source>
        <translation>elle ne pouvait que lire et a été annulée</translation>
    </message>
    <message>
        <source>The plan for any values</source>
        <translation>Le plan pour des valeurs quelconques</translation>
    </message>
    <message>
        <source>The plan for these values</source>
        <translation>Le plan pour ces valeurs</translation>
    </message>
    <message>
        <source>rows are averages</source>
        <translation>les lignes sont des moyennes</translation>
    </message>
    <message>
        <source>the text is that of a slow query, its values are left out</source>
        <translation>le texte est celui d’une requête lente, sans ses valeurs</translation>
    </message>
    <message>
        <source>it was not run</source>
        <translation>elle n’a pas été exécutée</translation>
    </message>
    <message>
        <source>PostgreSQL makes plans for SELECT, INSERT, UPDATE, DELETE and MERGE, not for this.</source>
        <translation>PostgreSQL établit des plans pour SELECT, INSERT, UPDATE, DELETE et MERGE, pas pour ceci.</translation>
    </message>
    <message>
        <source>Only what asks (SELECT) is run.</source>
        <translation>Seul ce qui interroge (SELECT) est exécuté.</translation>
    </message>
    <message>
        <source>It can&apos;t be run without values for its $1, $2 …</source>
        <translation>Elle ne peut être exécutée sans valeurs pour $1, $2 …</translation>
    </message>
    <message>
        <source>The plan is in the clipboard</source>
        <translation>Le plan est dans le presse-papiers</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Browse…</source>
        <translation>Parcourir…</translation>
    </message>
    <message>
        <source>Export {table}</source>
        <translation>Exporter {table}</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exporter</translation>
    </message>
    <message>
        <source>Which rows</source>
        <translation>Quelles lignes</translation>
    </message>
    <message>
        <source>All rows of the table</source>
        <translation>Toutes les lignes de la table</translation>
    </message>
    <message>
        <source>The rows that the filter shows, in the order they are shown</source>
        <translation>Les lignes que montre le filtre, dans l’ordre affiché</translation>
    </message>
    <message>
        <source>The selection</source>
        <translation>La sélection</translation>
    </message>
    <message>
        <source>Changes that are not saved are not in the file.</source>
        <translation>Les modifications non enregistrées ne sont pas dans le fichier.</translation>
    </message>
    <message>
        <source>Masked in this connection, and in the file: {columns}.</source>
        <translation>Masqué dans cette connexion, et dans le fichier&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>How</source>
        <translation>Comment</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Fichier</translation>
    </message>
    <message>
        <source>Choose the file</source>
        <translation>Choisir le fichier</translation>
    </message>
    <message>
        <source>Export to</source>
        <translation>Exporter vers</translation>
    </message>
    <message>
        <source>Replace {file}?</source>
        <translation>Remplacer {file}&#xa0;?</translation>
    </message>
    <message>
        <source>The file is there already. It stays as it is until the new one is whole.</source>
        <translation>Le fichier existe déjà. Il reste tel quel jusqu’à ce que le nouveau soit entier.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Remplacer</translation>
    </message>
    <message>
        <source>Exporting {table}</source>
        <translation>Export de {table}</translation>
    </message>
    <message>
        <source>{rows}, {size}: {file}</source>
        <translation>{rows}, {size}&#xa0;: {file}</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>Montrer dans le dossier</translation>
    </message>
</context>
<context>
    <name>ExportForm</name>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>none</source>
        <translation>aucune</translation>
    </message>
    <message>
        <source>gzip (.gz)</source>
        <translation>gzip (.gz)</translation>
    </message>
    <message>
        <source>zstd (.zst): faster and smaller</source>
        <translation>zstd (.zst)&#xa0;: plus rapide et plus petit</translation>
    </message>
    <message>
        <source>Compression</source>
        <translation>Compression</translation>
    </message>
    <message>
        <source>comma  ,</source>
        <translation>virgule  ,</translation>
    </message>
    <message>
        <source>semicolon  ;</source>
        <translation>point-virgule &#xa0;;</translation>
    </message>
    <message>
        <source>tab</source>
        <translation>tabulation</translation>
    </message>
    <message>
        <source>bar  |</source>
        <translation>barre  |</translation>
    </message>
    <message>
        <source>Between cells</source>
        <translation>Entre les cellules</translation>
    </message>
    <message>
        <source>Encoding</source>
        <translation>Encodage</translation>
    </message>
    <message>
        <source>Text for NULL</source>
        <translation>Texte pour NULL</translation>
    </message>
    <message>
        <source>empty: nothing at all; empty text is &quot;&quot;</source>
        <translation>vide&#xa0;: rien du tout&#xa0;; le texte vide est &quot;&quot;</translation>
    </message>
    <message>
        <source>Begin with the columns&apos; names</source>
        <translation>Commencer par les noms des colonnes</translation>
    </message>
    <message>
        <source>Begin with the mark by which Excel knows UTF-8</source>
        <translation>Commencer par la marque à laquelle Excel reconnaît UTF-8</translation>
    </message>
    <message>
        <source>Put an apostrophe before what a spreadsheet would compute</source>
        <translation>Mettre une apostrophe devant ce qu’un tableur calculerait</translation>
    </message>
</context>
<context>
    <name>FailureCard</name>
    <message>
        <source>See what is there of it, and go the right way out</source>
        <translation>Voir ce qui en est présent, et choisir la bonne issue</translation>
    </message>
    <message>
        <source>Resolve…</source>
        <translation>Résoudre…</translation>
    </message>
    <message>
        <source>Resolve this migration</source>
        <translation>Résoudre cette migration</translation>
    </message>
    <message>
        <source>It failed</source>
        <translation>Elle a échoué</translation>
    </message>
    <message>
        <source>It was interrupted</source>
        <translation>Elle a été interrompue</translation>
    </message>
    <message>
        <source>Begun {moment}, and never ended</source>
        <translation>Commencée le {moment}, jamais terminée</translation>
    </message>
    <message>
        <source>Failed after {duration}</source>
        <translation>Échec après {duration}</translation>
    </message>
    <message>
        <source>Statement {number} failed</source>
        <translation>L’instruction {number} a échoué</translation>
    </message>
    <message>
        <source>Statement {number} failed, after {duration}</source>
        <translation>L’instruction {number} a échoué, après {duration}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln statement(s) are known to be committed.</source>
        <translation>
            <numerusform>%Ln instruction est validée avec certitude.</numerusform>
            <numerusform>%Ln instructions sont validées avec certitude.</numerusform>
        </translation>
    </message>
    <message>
        <source>What ran it is gone: Studio was ended, or the connection was cut.</source>
        <translation>Ce qui l’exécutait a disparu&#xa0;: Studio a été arrêté, ou la connexion coupée.</translation>
    </message>
</context>
<context>
    <name>FieldEditing</name>
    <message>
        <source>Reading the whole value</source>
        <translation>Lecture de la valeur entière</translation>
    </message>
</context>
<context>
    <name>FileTab</name>
    <message>
        <source>No file</source>
        <translation>Aucun fichier</translation>
    </message>
    <message>
        <source>This file can&apos;t be read any more.</source>
        <translation>Ce fichier n’est plus lisible.</translation>
    </message>
    <message>
        <source>Copy path</source>
        <translation>Copier le chemin</translation>
    </message>
    <message>
        <source>Show folder</source>
        <translation>Afficher le dossier</translation>
    </message>
    <message>
        <source>Source of the migration</source>
        <translation>Source de la migration</translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message>
        <source>Back to the rows shown</source>
        <translation>Revenir aux lignes affichées</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Réessayer</translation>
    </message>
    <message>
        <source>The rows shown are those from before this was asked.</source>
        <translation>Les lignes affichées sont celles d’avant cette demande.</translation>
    </message>
    <message>
        <source>Searching all text columns, for {seconds} seconds at most…</source>
        <translation>Recherche dans toutes les colonnes de texte, pendant {seconds} secondes au plus…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Arrêter</translation>
    </message>
    <message>
        <source>The search for “{text}” was stopped after {seconds} seconds: it reads the whole table. Search one column, narrow the rows by a filter first, or have a trigram index (pg_trgm) made.</source>
        <translation>La recherche de «&#xa0;{text}&#xa0;» a été arrêtée après {seconds} secondes&#xa0;: elle lit toute la table. Cherchez dans une seule colonne, réduisez d’abord les lignes par un filtre, ou faites créer un index de trigrammes (pg_trgm).</translation>
    </message>
    <message>
        <source>Search one column…</source>
        <translation>Chercher dans une colonne…</translation>
    </message>
    <message>
        <source>Search again</source>
        <translation>Relancer la recherche</translation>
    </message>
    <message>
        <source>“{name}” was not applied: it does not fit the columns of this table any more ({columns}).</source>
        <translation>«&#xa0;{name}&#xa0;» n’a pas été appliqué&#xa0;: il ne correspond plus aux colonnes de cette table ({columns}).</translation>
    </message>
    <message>
        <source>Show it to mend it</source>
        <translation>L’afficher pour le corriger</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>The filter “{name}” was deleted</source>
        <translation>Le filtre «&#xa0;{name}&#xa0;» a été supprimé</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filtrer</translation>
    </message>
    <message>
        <source>A filter can only read, and this one would write.</source>
        <translation>Un filtre ne peut que lire, et celui-ci écrirait.</translation>
    </message>
</context>
<context>
    <name>FilterChip</name>
    <message>
        <source>Filter: {filter}</source>
        <translation>Filtre&#xa0;: {filter}</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Retirer</translation>
    </message>
    <message>
        <source>Remove filter: {filter}</source>
        <translation>Retirer le filtre&#xa0;: {filter}</translation>
    </message>
</context>
<context>
    <name>FilterChips</name>
    <message>
        <source>any of</source>
        <translation>au moins une</translation>
    </message>
    <message>
        <source>all of</source>
        <translation>toutes</translation>
    </message>
    <message>
        <source>Conditions</source>
        <translation>Conditions</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filtrer</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Effacer</translation>
    </message>
    <message>
        <source>Whether all conditions must hold, or any one of them</source>
        <translation>Toutes les conditions doivent être remplies, ou une seule suffit</translation>
    </message>
    <message>
        <source>All or any of the conditions</source>
        <translation>Toutes les conditions ou l’une d’elles</translation>
    </message>
    <message>
        <source>Add a filter</source>
        <translation>Ajouter un filtre</translation>
    </message>
    <message>
        <source>Add an SQL condition</source>
        <translation>Ajouter une condition SQL</translation>
    </message>
    <message>
        <source>Saved filters</source>
        <translation>Filtres enregistrés</translation>
    </message>
    <message>
        <source>Clear all filters</source>
        <translation>Effacer tous les filtres</translation>
    </message>
</context>
<context>
    <name>FilterMessage</name>
    <message>
        <source>Dismiss</source>
        <translation>Fermer</translation>
    </message>
</context>
<context>
    <name>FindingDetails</name>
    <message>
        <source>Copy</source>
        <translation>Copier</translation>
    </message>
    <message>
        <source>Copy the command</source>
        <translation>Copier la commande</translation>
    </message>
    <message>
        <source>About the check</source>
        <translation>À propos de ce contrôle</translation>
    </message>
    <message>
        <source>Do what helps</source>
        <translation>Appliquer le remède</translation>
    </message>
</context>
<context>
    <name>FindingsList</name>
    <message>
        <source>Check</source>
        <translation>Contrôle</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>Constat</translation>
    </message>
    <message>
        <source>Checklist</source>
        <translation>Liste de contrôle</translation>
    </message>
</context>
<context>
    <name>FlowFrame</name>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>This still runs. Cancel it first, or wait until it is done.</source>
        <translation>L’opération est encore en cours. Annulez-la d’abord, ou attendez qu’elle se termine.</translation>
    </message>
</context>
<context>
    <name>Flows</name>
    <message>
        <source>Backup of {database}</source>
        <translation>Sauvegarde de {database}</translation>
    </message>
    <message>
        <source>Backup done: {file}</source>
        <translation>Sauvegarde faite&#xa0;: {file}</translation>
    </message>
    <message>
        <source>{size} in {time}, by {tool}</source>
        <translation>{size} en {time}, par {tool}</translation>
    </message>
    <message>
        <source>Prove it now</source>
        <translation>L’éprouver maintenant</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>Afficher dans le dossier</translation>
    </message>
    <message>
        <source>Proving {file}</source>
        <translation>Épreuve de {file}</translation>
    </message>
    <message>
        <source>{file} is proven</source>
        <translation>{file} est éprouvée</translation>
    </message>
    <message>
        <source>{file} is NOT proven: see what differs</source>
        <translation>{file} n’est PAS éprouvée&#xa0;: voyez ce qui diffère</translation>
    </message>
    <message>
        <source>Restoring {file}</source>
        <translation>Restauration de {file}</translation>
    </message>
    <message>
        <source>{database} is restored</source>
        <translation>{database} est restaurée</translation>
    </message>
    <message>
        <source>What was there before is kept as {name}.</source>
        <translation>Ce qui était là avant est gardé sous le nom {name}.</translation>
    </message>
    <message>
        <source>Dismiss the old one…</source>
        <translation>Congédier l’ancienne…</translation>
    </message>
    <message>
        <source>Dismiss {name}</source>
        <translation>Congédier {name}</translation>
    </message>
    <message>
        <source>The database as it was before the restore is gone for good. The one in use is not touched.</source>
        <translation>La base telle qu’elle était avant la restauration disparaît pour de bon. Celle qui sert n’est pas touchée.</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Congédier</translation>
    </message>
    <message>
        <source>{name} is dropped</source>
        <translation>{name} est supprimée</translation>
    </message>
    <message>
        <source>Deleting backups</source>
        <translation>Suppression de sauvegardes</translation>
    </message>
    <message>
        <source>it has changed meanwhile</source>
        <translation>elle a changé entre-temps</translation>
    </message>
    <message>
        <source>Left: {file} ({reason})</source>
        <translation>Laissée&#xa0;: {file} ({reason})</translation>
    </message>
    <message>
        <source>A backup</source>
        <translation>Une sauvegarde</translation>
    </message>
    <message>
        <source>Copying {file}</source>
        <translation>Copie de {file}</translation>
    </message>
    <message>
        <source>{file} is copied, and the copy was read again</source>
        <translation>{file} est copiée, et la copie a été relue</translation>
    </message>
    <message>
        <source>Go to the backups</source>
        <translation>Aller aux sauvegardes</translation>
    </message>
</context>
<context>
    <name>FoldersDialog</name>
    <message>
        <source>Folders of the library</source>
        <translation>Dossiers de la bibliothèque</translation>
    </message>
    <message>
        <source>Look there no more</source>
        <translation>Ne plus y regarder</translation>
    </message>
    <message>
        <source>Add a folder…</source>
        <translation>Ajouter un dossier…</translation>
    </message>
    <message>
        <source>Adding the folder…</source>
        <translation>Ajout du dossier…</translation>
    </message>
    <message>
        <source>Backups are looked for here and in the folders below, dumps of others too.</source>
        <translation>Les sauvegardes sont cherchées ici et dans les dossiers inclus, ainsi que les dumps d’autrui.</translation>
    </message>
    <message>
        <source>Reading the folders…</source>
        <translation>Lecture des dossiers…</translation>
    </message>
    <message>
        <source>A folder with backups</source>
        <translation>Un dossier de sauvegardes</translation>
    </message>
    <message>
        <source>Removing the folder…</source>
        <translation>Retrait du dossier…</translation>
    </message>
</context>
<context>
    <name>ForecastLabel</name>
    <message>
        <source>Reached about {day}, with {size} a day</source>
        <translation>Atteint vers le {day}, avec {size} par jour</translation>
    </message>
    <message>
        <source>Not known: a forecast takes samples of three days.</source>
        <translation>Inconnu&#xa0;: une prévision demande des relevés de trois jours.</translation>
    </message>
    <message>
        <source>It does not grow: never, if it goes on like this.</source>
        <translation>Elle ne grandit pas&#xa0;: jamais, si cela continue ainsi.</translation>
    </message>
    <message>
        <source>It shrinks: never, if it goes on like this.</source>
        <translation>Elle rétrécit&#xa0;: jamais, si cela continue ainsi.</translation>
    </message>
    <message>
        <source>That size is reached already.</source>
        <translation>Cette taille est déjà atteinte.</translation>
    </message>
    <message>
        <source>Not within ten years, if it goes on like this.</source>
        <translation>Pas avant dix ans, si cela continue ainsi.</translation>
    </message>
    <message>
        <source>likely not before {earliest}, and perhaps never: growth is too uneven to say more.</source>
        <translation>sans doute pas avant le {earliest}, et peut-être jamais&#xa0;: la croissance est trop inégale pour en dire plus.</translation>
    </message>
    <message>
        <source>if growth stays as it was.</source>
        <translation>si la croissance reste ce qu’elle était.</translation>
    </message>
    <message>
        <source>likely between {earliest} and {latest}, if growth stays as it was.</source>
        <translation>sans doute entre le {earliest} et le {latest}, si la croissance reste ce qu’elle était.</translation>
    </message>
</context>
<context>
    <name>ForeseenView</name>
    <message>
        <source>Foreseen</source>
        <translation>À prévoir</translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more of that kind</source>
        <translation>
            <numerusform>et %Ln autre de cette sorte</numerusform>
            <numerusform>et %Ln autres de cette sorte</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FoundList</name>
    <message>
        <source>Rows found</source>
        <translation>Lignes trouvées</translation>
    </message>
</context>
<context>
    <name>FoundModel</name>
    <message>
        <source>Column</source>
        <translation>Colonne</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Maintenant</translation>
    </message>
    <message>
        <source>Then</source>
        <translation>Ensuite</translation>
    </message>
    <message>
        <source>Left as it is because</source>
        <translation>Inchangée, car</translation>
    </message>
</context>
<context>
    <name>Gathering</name>
    <message>
        <source>Reading rows</source>
        <translation>Lecture des lignes</translation>
    </message>
</context>
<context>
    <name>GoToDialog</name>
    <message>
        <source>Go to</source>
        <translation>Aller à</translation>
    </message>
    <message>
        <source>&amp;Row number</source>
        <translation>&amp;Numéro de ligne</translation>
    </message>
    <message>
        <source>&amp;Key</source>
        <translation>&amp;Clé</translation>
    </message>
    <message>
        <source>Go</source>
        <translation>Aller</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>These rows have no key</source>
        <translation>Ces lignes n’ont pas de clé</translation>
    </message>
    <message>
        <source>Row number, percentage, or -1 for the last row</source>
        <translation>Numéro de ligne, pourcentage, ou -1 pour la dernière ligne</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>Recherche…</translation>
    </message>
    <message>
        <source>No row has this key.</source>
        <translation>Aucune ligne n’a cette clé.</translation>
    </message>
    <message>
        <source>The row is there, but the filter leaves it out.</source>
        <translation>La ligne existe, mais le filtre l’exclut.</translation>
    </message>
    <message numerus="yes">
        <source>There are only {number} row(s).</source>
        <translation>
            <numerusform>Il n’y a que {number}&#xa0;ligne.</numerusform>
            <numerusform>Il n’y a que {number}&#xa0;lignes.</numerusform>
        </translation>
    </message>
    <message>
        <source>Type where to go.</source>
        <translation>Indiquez où aller.</translation>
    </message>
    <message>
        <source>This is no row number. Type one such as {number}, 60&#xa0;%, or -1 for the last row.</source>
        <translation>Ce n’est pas un numéro de ligne. Saisissez par exemple {number}, 60&#xa0;%, ou -1 pour la dernière ligne.</translation>
    </message>
    <message>
        <source>Rows are counted from 1.</source>
        <translation>Les lignes sont comptées à partir de 1.</translation>
    </message>
    <message>
        <source>No more than 100 % of the rows are there.</source>
        <translation>Il n’y a pas plus de 100&#xa0;% des lignes.</translation>
    </message>
    <message>
        <source>1 to {count}, a percentage, or -1 for the last row</source>
        <translation>1 à {count}, un pourcentage, ou -1 (dernière)</translation>
    </message>
    <message>
        <source>1 to about {count}, a percentage, or -1 for the last row</source>
        <translation>1 à environ {count}, un pourcentage, ou -1 (dernière)</translation>
    </message>
    <message>
        <source>1 to more than {count}, a percentage, or -1 for the last row</source>
        <translation>1 à plus de {count}, un pourcentage, ou -1 (dernière)</translation>
    </message>
</context>
<context>
    <name>GroupPopup</name>
    <message>
        <source>All or any of the conditions</source>
        <translation>Toutes les conditions ou l’une d’elles</translation>
    </message>
    <message>
        <source>All of these hold</source>
        <translation>Toutes sont remplies</translation>
    </message>
    <message>
        <source>Any of these holds</source>
        <translation>Une au moins est remplie</translation>
    </message>
    <message>
        <source>Not</source>
        <translation>Inverser</translation>
    </message>
    <message>
        <source>Rows for which the group does not hold</source>
        <translation>Lignes qui ne remplissent pas les conditions du groupe</translation>
    </message>
    <message>
        <source>The group has no conditions yet.</source>
        <translation>Le groupe n’a pas encore de condition.</translation>
    </message>
    <message>
        <source>Condition</source>
        <translation>Condition</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>Groupe</translation>
    </message>
    <message>
        <source>SQL</source>
        <translation>SQL</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Modifier</translation>
    </message>
    <message>
        <source>Turn the chosen condition into its opposite</source>
        <translation>Inverser la condition choisie</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Retirer</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>Appliquer</translation>
    </message>
    <message>
        <source>Ctrl+Enter</source>
        <translation>Ctrl+Entrée</translation>
    </message>
</context>
<context>
    <name>GrowthChart</name>
    <message>
        <source>Sizes over time</source>
        <translation>Tailles au fil du temps</translation>
    </message>
    <message>
        <source>The charts need pyqtgraph, which is not installed: pip install pyqtgraph</source>
        <translation>Les graphiques ont besoin de pyqtgraph, qui n’est pas installé&#xa0;: pip install pyqtgraph</translation>
    </message>
    <message>
        <source>Preparing the chart…</source>
        <translation>Préparation du graphique…</translation>
    </message>
</context>
<context>
    <name>GrowthList</name>
    <message>
        <source>What grew most</source>
        <translation>Ce qui a le plus grandi</translation>
    </message>
    <message>
        <source>By</source>
        <translation>De</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>Part</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Maintenant</translation>
    </message>
    <message>
        <source>new</source>
        <translation>nouvelle</translation>
    </message>
</context>
<context>
    <name>GrowthPage</name>
    <message>
        <source>Growth</source>
        <translation>Croissance</translation>
    </message>
    <message>
        <source>Take a sample now</source>
        <translation>Faire un relevé maintenant</translation>
    </message>
    <message>
        <source>Schedule…</source>
        <translation>Planifier…</translation>
    </message>
    <message>
        <source>Have samples taken while no window is open</source>
        <translation>Faire relever les tailles quand aucune fenêtre n’est ouverte</translation>
    </message>
    <message>
        <source>Since when</source>
        <translation>Depuis quand</translation>
    </message>
    <message>
        <source>since yesterday</source>
        <translation>depuis hier</translation>
    </message>
    <message>
        <source>for a week</source>
        <translation>depuis une semaine</translation>
    </message>
    <message>
        <source>for 30 days</source>
        <translation>depuis 30 jours</translation>
    </message>
    <message>
        <source>for 90 days</source>
        <translation>depuis 90 jours</translation>
    </message>
    <message>
        <source>from the beginning</source>
        <translation>depuis le début</translation>
    </message>
    <message>
        <source>Full at</source>
        <translation>Plein à</translation>
    </message>
    <message>
        <source> GB</source>
        <translation> Go</translation>
    </message>
    <message>
        <source>no size given</source>
        <translation>aucune taille donnée</translation>
    </message>
    <message>
        <source>Size of the disk in gigabytes</source>
        <translation>Taille du disque en gigaoctets</translation>
    </message>
    <message>
        <source>Taking a sample</source>
        <translation>Relevé des tailles</translation>
    </message>
    <message>
        <source>{size} since {moment}</source>
        <translation>{size} depuis {moment}</translation>
    </message>
    <message>
        <source>One sample so far: {size}</source>
        <translation>Un seul relevé pour l’instant&#xa0;: {size}</translation>
    </message>
    <message>
        <source>the last one {moment}</source>
        <translation>le dernier {moment}</translation>
    </message>
    <message>
        <source>taken while Studio is open</source>
        <translation>relevés tant que Studio est ouvert</translation>
    </message>
    <message>
        <source>taken every hour by {scheduler}</source>
        <translation>relevés chaque heure par {scheduler}</translation>
    </message>
    <message>
        <source>While Nexus Studio is open a sample is taken every hour, and kept on this machine: names, bytes and rows. The system&apos;s scheduler can take them too: “Schedule…”.</source>
        <translation>Tant que Nexus Studio est ouvert, un relevé est fait chaque heure et conservé sur cette machine&#xa0;: noms, octets et lignes. Le planificateur du système peut aussi les faire&#xa0;: «&#xa0;Planifier…&#xa0;».</translation>
    </message>
    <message>
        <source>No sample of sizes yet</source>
        <translation>Encore aucun relevé des tailles</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
</context>
<context>
    <name>Happened</name>
    <message>
        <source>What happened</source>
        <translation>Ce qui s’est passé</translation>
    </message>
    <message>
        <source>It was interrupted</source>
        <translation>Elle a été interrompue</translation>
    </message>
    <message>
        <source>It began and never ended, and no process is left that could end it: the program was killed, the server was restarted, or the connection broke.</source>
        <translation>Elle a commencé et ne s’est jamais terminée, et il ne reste aucun processus qui puisse la terminer&#xa0;: le programme a été tué, le serveur redémarré, ou la connexion s’est rompue.</translation>
    </message>
    <message>
        <source>Why it failed</source>
        <translation>Cause de l’échec</translation>
    </message>
    <message>
        <source>It still runs</source>
        <translation>Elle est encore en cours</translation>
    </message>
    <message>
        <source>Its server process {pid} lives. Wait for it; or, when nobody follows it any more, end it: what runs in a transaction is rolled back then.</source>
        <translation>Son processus serveur {pid} est actif. Attendez-le&#xa0;; ou, si plus personne ne le suit, arrêtez-le&#xa0;: ce qui s’exécute dans une transaction est alors annulé.</translation>
    </message>
    <message>
        <source>End it…</source>
        <translation>Arrêter…</translation>
    </message>
    <message>
        <source>The statement that failed</source>
        <translation>L’instruction qui a échoué</translation>
    </message>
    <message>
        <source>The statement that failed, number {number}</source>
        <translation>L’instruction qui a échoué, numéro {number}</translation>
    </message>
    <message>
        <source>The run</source>
        <translation>L’exécution</translation>
    </message>
    <message>
        <source>Upgrade</source>
        <translation>Mise à niveau</translation>
    </message>
    <message>
        <source>Downgrade</source>
        <translation>Retour en arrière</translation>
    </message>
    <message>
        <source>Ran</source>
        <translation>Sens</translation>
    </message>
    <message>
        <source>Began</source>
        <translation>Début</translation>
    </message>
    <message>
        <source>Lasted</source>
        <translation>Durée</translation>
    </message>
    <message>
        <source>By</source>
        <translation>Par</translation>
    </message>
    <message>
        <source>Statements begun</source>
        <translation>Instructions commencées</translation>
    </message>
    <message>
        <source>Known to be committed</source>
        <translation>Validées avec certitude</translation>
    </message>
    <message>
        <source>Tool version</source>
        <translation>Version de l’outil</translation>
    </message>
    <message>
        <source>Row</source>
        <translation>Ligne</translation>
    </message>
    <message>
        <source>Checksum</source>
        <translation>Somme de contrôle</translation>
    </message>
    <message>
        <source>Prisma&apos;s ledger does not say</source>
        <translation>Le registre de Prisma ne le dit pas</translation>
    </message>
</context>
<context>
    <name>HistoryFilter</name>
    <message>
        <source>Everybody</source>
        <translation>Tout le monde</translation>
    </message>
    <message>
        <source>All tables</source>
        <translation>Toutes les tables</translation>
    </message>
    <message>
        <source>Reason, ticket, name, or a row&apos;s key</source>
        <translation>Motif, ticket, nom ou clé d’une ligne</translation>
    </message>
    <message>
        <source>Search the history</source>
        <translation>Chercher dans l’historique</translation>
    </message>
    <message>
        <source>Who saved</source>
        <translation>Qui a enregistré</translation>
    </message>
    <message>
        <source>Which table</source>
        <translation>Quelle table</translation>
    </message>
    <message>
        <source>Since when</source>
        <translation>Depuis quand</translation>
    </message>
    <message>
        <source>Which history</source>
        <translation>Quel historique</translation>
    </message>
    <message>
        <source>All databases</source>
        <translation>Toutes les bases</translation>
    </message>
    <message>
        <source>Any time</source>
        <translation>N’importe quand</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Aujourd’hui</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>7 derniers jours</translation>
    </message>
    <message>
        <source>Last 30 days</source>
        <translation>30 derniers jours</translation>
    </message>
    <message>
        <source>Last year</source>
        <translation>Dernière année</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>Cette machine</translation>
    </message>
    <message>
        <source>The team</source>
        <translation>L’équipe</translation>
    </message>
</context>
<context>
    <name>HistoryFlows</name>
    <message>
        <source>Not all of it can be taken back</source>
        <translation>Tout ne peut pas être annulé</translation>
    </message>
    <message>
        <source>The rest is staged, to be looked at and saved.</source>
        <translation>Le reste est mis en attente, à regarder et à enregistrer.</translation>
    </message>
    <message>
        <source>Stage the rest</source>
        <translation>Mettre le reste en attente</translation>
    </message>
</context>
<context>
    <name>HistoryHeader</name>
    <message>
        <source>What was saved</source>
        <translation>Ce qui a été enregistré</translation>
    </message>
    <message>
        <source>Keep…</source>
        <translation>Conserver…</translation>
    </message>
    <message>
        <source>How long this machine keeps what was saved</source>
        <translation>Combien de temps cette machine garde ce qui a été enregistré</translation>
    </message>
    <message>
        <source>Share…</source>
        <translation>Partager…</translation>
    </message>
    <message>
        <source>Keep saves in the database too, so that a team shares them</source>
        <translation>Garder aussi les enregistrements dans la base, pour que l’équipe les partage</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
    <message>
        <source>Read the list again (F5)</source>
        <translation>Relire la liste (F5)</translation>
    </message>
    <message>
        <source>The team shares a history here, and this role may not add to it ({table}): your saves are kept on this machine alone. The table&apos;s owner can grant INSERT and SELECT.</source>
        <translation>L’équipe partage ici un historique auquel ce rôle ne peut pas ajouter ({table})&#xa0;: vos enregistrements ne sont gardés que sur cette machine. Le propriétaire de la table peut accorder INSERT et SELECT.</translation>
    </message>
    <message>
        <source>An earlier history could not be read any more and was set aside: {file}</source>
        <translation>Un historique antérieur n’était plus lisible et a été mis de côté&#xa0;: {file}</translation>
    </message>
</context>
<context>
    <name>HistoryPanel</name>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>Tout afficher</translation>
    </message>
    <message>
        <source>Nothing of that kind was saved</source>
        <translation>Rien de tel n’a été enregistré</translation>
    </message>
    <message>
        <source>Each save is kept here with what the rows were before: who, when and why. From here it can be taken back.</source>
        <translation>Chaque enregistrement est gardé ici avec l’état antérieur des lignes&#xa0;: qui, quand et pourquoi. D’ici, on peut l’annuler.</translation>
    </message>
    <message>
        <source>Nothing was saved to this database yet</source>
        <translation>Rien n’a encore été enregistré dans cette base</translation>
    </message>
    <message>
        <source>The SQL is in the clipboard</source>
        <translation>Le SQL est dans le presse-papiers</translation>
    </message>
</context>
<context>
    <name>HstoreEditor</name>
    <message>
        <source>Edit the pairs</source>
        <translation>Modifier les paires</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Clé</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Valeur</translation>
    </message>
</context>
<context>
    <name>ImpactView</name>
    <message>
        <source>What else the database will do</source>
        <translation>Ce que la base fera en plus</translation>
    </message>
    <message>
        <source>Trying what else the database will do…</source>
        <translation>Essai de ce que la base fera en plus…</translation>
    </message>
    <message>
        <source>What else the database will do is not known</source>
        <translation>On ne sait pas ce que la base fera en plus</translation>
    </message>
    <message>
        <source>As it stands, this save will be refused</source>
        <translation>En l’état, cet enregistrement sera refusé</translation>
    </message>
    <message numerus="yes">
        <source>… and %Ln more table(s)</source>
        <translation>
            <numerusform>… et %Ln autre table</numerusform>
            <numerusform>… et %Ln autres tables</numerusform>
        </translation>
    </message>
    <message>
        <source>Triggers: {names}</source>
        <translation>Déclencheurs&#xa0;: {names}</translation>
    </message>
    <message>
        <source>Besides, the database will write these rows:</source>
        <translation>En outre, la base écrira ces lignes&#xa0;:</translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s) removed</source>
        <translation>
            <numerusform>{number} ligne supprimée</numerusform>
            <numerusform>{number} lignes supprimées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s) changed</source>
        <translation>
            <numerusform>{number} ligne modifiée</numerusform>
            <numerusform>{number} lignes modifiées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s) added</source>
        <translation>
            <numerusform>{number} ligne ajoutée</numerusform>
            <numerusform>{number} lignes ajoutées</numerusform>
        </translation>
    </message>
    <message>
        <source>by the foreign key {names}</source>
        <translation>par la clé étrangère {names}</translation>
    </message>
    <message>
        <source>by triggers</source>
        <translation>par des déclencheurs</translation>
    </message>
    <message>
        <source>{table}: {what}</source>
        <translation>{table}&#xa0;: {what}</translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message>
        <source>Import rows into {table}</source>
        <translation>Importer des lignes dans {table}</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Parcourir…</translation>
    </message>
    <message>
        <source>Dry run</source>
        <translation>Essai à blanc</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>Importer…</translation>
    </message>
    <message>
        <source>This connection asks for a reason with each import.</source>
        <translation>Cette connexion demande un motif pour chaque import.</translation>
    </message>
    <message>
        <source>Trying {file}</source>
        <translation>Essai de {file}</translation>
    </message>
    <message>
        <source>Every line is a new row.</source>
        <translation>Chaque ligne du fichier est une nouvelle ligne.</translation>
    </message>
    <message>
        <source>Lines whose key a row has change that row, the others are new ones.</source>
        <translation>Les lignes dont la clé existe modifient cette ligne, les autres sont nouvelles.</translation>
    </message>
    <message>
        <source>Every line changes the row that has its key.</source>
        <translation>Chaque ligne modifie celle qui a sa clé.</translation>
    </message>
    <message>
        <source>All of it is one transaction.</source>
        <translation>Le tout est une seule transaction.</translation>
    </message>
    <message>
        <source>It sets off triggers: {triggers}.</source>
        <translation>Cela déclenche&#xa0;: {triggers}.</translation>
    </message>
    <message>
        <source>Import {file}?</source>
        <translation>Importer {file}&#xa0;?</translation>
    </message>
    <message>
        <source>Its rows are written into {table}.</source>
        <translation>Ses lignes sont écrites dans {table}.</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>Importer</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Fichier</translation>
    </message>
    <message>
        <source>CSV, TSV, JSON Lines or Excel; .gz and .zst too</source>
        <translation>CSV, TSV, JSON Lines ou Excel&#xa0;; .gz et .zst aussi</translation>
    </message>
    <message>
        <source>Choose the file</source>
        <translation>Choisir le fichier</translation>
    </message>
    <message>
        <source>Choose a file: how it is read and where its columns go is shown first.</source>
        <translation>Choisissez un fichier&#xa0;: la façon de le lire et la destination de ses colonnes sont d’abord montrées.</translation>
    </message>
    <message>
        <source>Choose a file of rows</source>
        <translation>Choisir un fichier de lignes</translation>
    </message>
    <message>
        <source>Files of rows ({pattern})</source>
        <translation>Fichiers de lignes ({pattern})</translation>
    </message>
    <message>
        <source>All files ({pattern})</source>
        <translation>Tous les fichiers ({pattern})</translation>
    </message>
    <message>
        <source>These columns must have a value, and the file has not got them: {columns}.</source>
        <translation>Ces colonnes doivent avoir une valeur, et le fichier ne les a pas&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>Rows are found by: {columns}</source>
        <translation>Les lignes sont trouvées par&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>Computed by PostgreSQL: {columns}</source>
        <translation>Calculées par PostgreSQL&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>New rows are given an id like those there are: {columns}</source>
        <translation>Les nouvelles lignes reçoivent un identifiant semblable à ceux qui existent&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>Set to now: {columns}</source>
        <translation>Mis à l’instant présent&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>Left to the database: {columns}</source>
        <translation>Laissées à la base&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>Sets off triggers: {columns}</source>
        <translation>Déclenche&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>Can be taken back from History</source>
        <translation>Peut être annulé depuis l’historique</translation>
    </message>
    <message>
        <source>Importing {file}</source>
        <translation>Import de {file}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln sequence(s) go on behind the new values.</source>
        <translation>
            <numerusform>%Ln séquence continue après les nouvelles valeurs.</numerusform>
            <numerusform>%Ln séquences continuent après les nouvelles valeurs.</numerusform>
        </translation>
    </message>
    <message>
        <source>This was a dry run: nothing was written.</source>
        <translation>C’était un essai à blanc&#xa0;: rien n’a été écrit.</translation>
    </message>
    <message>
        <source>Nothing is refused: {new}, {changed}</source>
        <translation>Rien n’est refusé&#xa0;: {new}, {changed}</translation>
    </message>
    <message>
        <source>Imported: {new}, {changed}</source>
        <translation>Importé&#xa0;: {new}, {changed}</translation>
    </message>
    <message>
        <source>After so many the rest was not tried.</source>
        <translation>Après autant de refus, le reste n’a pas été essayé.</translation>
    </message>
    <message>
        <source>Import without history?</source>
        <translation>Importer sans historique&#xa0;?</translation>
    </message>
    <message>
        <source>Import without it</source>
        <translation>Importer sans</translation>
    </message>
    <message>
        <source>This import could not be taken back then.</source>
        <translation>Cet import ne pourrait alors pas être annulé.</translation>
    </message>
</context>
<context>
    <name>ImportPage</name>
    <message>
        <source>Import</source>
        <translation>Importer</translation>
    </message>
    <message>
        <source>Trying {file}</source>
        <translation>Essai à blanc de l’import de {file}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) get rows, in one transaction.</source>
        <translation>
            <numerusform>%Ln table reçoit des lignes, en une seule transaction.</numerusform>
            <numerusform>%Ln tables reçoivent des lignes, en une seule transaction.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln table(s) of the file go nowhere.</source>
        <translation>
            <numerusform>%Ln table du fichier n’est pas importée.</numerusform>
            <numerusform>%Ln tables du fichier ne sont pas importées.</numerusform>
        </translation>
    </message>
    <message>
        <source>Import {file}?</source>
        <translation>Importer {file}&#xa0;?</translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s) are written into this database.</source>
        <translation>
            <numerusform>{number} ligne sera écrite dans cette base.</numerusform>
            <numerusform>{number} lignes seront écrites dans cette base.</numerusform>
        </translation>
    </message>
    <message>
        <source>SQLite file:</source>
        <translation>Fichier SQLite&#xa0;:</translation>
    </message>
    <message>
        <source>SQLite file</source>
        <translation>Fichier SQLite</translation>
    </message>
    <message>
        <source>such as prisma/dev.db; it is only read</source>
        <translation>par exemple prisma/dev.db&#xa0;; il est seulement lu</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Choisir…</translation>
    </message>
    <message>
        <source>Choose a SQLite file</source>
        <translation>Choisir un fichier SQLite</translation>
    </message>
    <message>
        <source>Add to tables that hold rows already</source>
        <translation>Ajouter aux tables qui contiennent déjà des lignes</translation>
    </message>
    <message>
        <source>Dry run</source>
        <translation>Essai à blanc</translation>
    </message>
    <message>
        <source>Dry run of the import</source>
        <translation>Essai à blanc de l’import</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>Importer…</translation>
    </message>
    <message>
        <source>Import the file</source>
        <translation>Importer le fichier</translation>
    </message>
    <message>
        <source>Bring over the rows of a SQLite file</source>
        <translation>Reprendre les lignes d’un fichier SQLite</translation>
    </message>
    <message>
        <source>Its tables are matched to those of this database by name. A dry run lists every value that does not fit; the import is one transaction, and is compared with the file afterwards.</source>
        <translation>Ses tables sont associées par leur nom à celles de cette base. Un essai à blanc liste toutes les valeurs qui ne conviennent pas&#xa0;; l’import se fait en une seule transaction, puis est comparé au fichier.</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>Choisir un fichier…</translation>
    </message>
    <message>
        <source>SQLite databases ({pattern})</source>
        <translation>Bases SQLite ({pattern})</translation>
    </message>
    <message>
        <source>All files ({pattern})</source>
        <translation>Tous les fichiers ({pattern})</translation>
    </message>
    <message>
        <source>Importing {file}</source>
        <translation>Import de {file}</translation>
    </message>
</context>
<context>
    <name>ImportResult</name>
    <message>
        <source>Stopped: nothing was written</source>
        <translation>Arrêté&#xa0;: rien n’a été écrit</translation>
    </message>
    <message>
        <source>What is refused</source>
        <translation>Éléments refusés</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Table</translation>
    </message>
    <message>
        <source>Row</source>
        <translation>Ligne</translation>
    </message>
    <message>
        <source>Column</source>
        <translation>Colonne</translation>
    </message>
    <message>
        <source>Refused because</source>
        <translation>Motif du refus</translation>
    </message>
    <message numerus="yes">
        <source>… and %Ln more: the command line lists all</source>
        <translation>
            <numerusform>… et %Ln autre&#xa0;: la ligne de commande donne la liste complète</numerusform>
            <numerusform>… et %Ln autres&#xa0;: la ligne de commande donne la liste complète</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ImportTables</name>
    <message>
        <source>Tables of the file</source>
        <translation>Tables du fichier</translation>
    </message>
    <message>
        <source>In the file</source>
        <translation>Dans le fichier</translation>
    </message>
    <message>
        <source>Goes to</source>
        <translation>Destination</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Lignes</translation>
    </message>
    <message>
        <source>Remarks</source>
        <translation>Remarques</translation>
    </message>
    <message>
        <source>Where {table} goes</source>
        <translation>Destination de {table}</translation>
    </message>
    <message>
        <source>nowhere</source>
        <translation>aucune</translation>
    </message>
</context>
<context>
    <name>IndexDialog</name>
    <message>
        <source>Index on {table}</source>
        <translation>Index sur {table}</translation>
    </message>
    <message>
        <source>Copy SQL</source>
        <translation>Copier le SQL</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>SQL that creates the index</source>
        <translation>SQL qui crée l’index</translation>
    </message>
    <message>
        <source>Building it reads the whole table, takes room on the disk, and makes writing a little slower from then on. Put it into a migration, or have it created by whoever is in charge of the database.</source>
        <translation>Sa construction lit toute la table, occupe de la place sur le disque et ralentit ensuite un peu les écritures. Placez-le dans une migration, ou faites-le créer par la personne responsable de la base.</translation>
    </message>
    <message>
        <source>CONCURRENTLY does not stop others from writing; it must run on its own.</source>
        <translation>CONCURRENTLY laisse les autres écrire&#xa0;; l’instruction doit être exécutée seule.</translation>
    </message>
    <message>
        <source>Nobody can write to a partitioned table meanwhile.</source>
        <translation>Personne ne peut écrire dans une table partitionnée pendant ce temps.</translation>
    </message>
</context>
<context>
    <name>InsidePage</name>
    <message>
        <source>Inside {file}</source>
        <translation>Dans {file}</translation>
    </message>
    <message>
        <source>{database} as it was on {moment}; it is open on a server of its own</source>
        <translation>{database} telle qu’elle était le {moment}&#xa0;; elle est ouverte sur un serveur à part</translation>
    </message>
    <message>
        <source>Reading rows of the backup</source>
        <translation>Lecture de lignes de la sauvegarde</translation>
    </message>
    <message>
        <source>Back to the library</source>
        <translation>Retour à la bibliothèque</translation>
    </message>
    <message>
        <source>Close the backup and go back</source>
        <translation>Fermer la sauvegarde et revenir</translation>
    </message>
    <message>
        <source>Which rows</source>
        <translation>Quelles lignes</translation>
    </message>
    <message>
        <source>Comparing {table}</source>
        <translation>Comparaison de {table}</translation>
    </message>
    <message>
        <source>Only in the backup ({number})</source>
        <translation>Seulement dans la sauvegarde ({number})</translation>
    </message>
    <message>
        <source>Changed since ({number})</source>
        <translation>Modifiées depuis ({number})</translation>
    </message>
    <message>
        <source>Only now ({number})</source>
        <translation>Seulement maintenant ({number})</translation>
    </message>
    <message>
        <source>Choose a table to compare it with today&apos;s</source>
        <translation>Choisissez une table pour la comparer à celle d’aujourd’hui</translation>
    </message>
    <message>
        <source>{table}: all {then} rows are the same today</source>
        <translation>{table}&#xa0;: les {then} lignes sont les mêmes aujourd’hui</translation>
    </message>
    <message>
        <source>{table}: {then} rows in the backup, {now} today</source>
        <translation>{table}&#xa0;: {then} lignes dans la sauvegarde, {now} aujourd’hui</translation>
    </message>
    <message>
        <source>There is no key to find rows by: whole rows were compared.</source>
        <translation>Il n’y a pas de clé pour retrouver les lignes&#xa0;: elles ont été comparées en entier.</translation>
    </message>
    <message>
        <source>Columns that are not the same were left out: {listed}</source>
        <translation>Les colonnes qui ne sont pas les mêmes ont été laissées de côté&#xa0;: {listed}</translation>
    </message>
    <message>
        <source>Not all of it is here: extensions that could not be had: {names}</source>
        <translation>Tout n’est pas là&#xa0;; extensions indisponibles&#xa0;: {names}</translation>
    </message>
    <message>
        <source>Could not be restored: {words}</source>
        <translation>N’a pas pu être restauré&#xa0;: {words}</translation>
    </message>
    <message>
        <source>The first {shown} of {total} are shown.</source>
        <translation>Les {shown} premières sur {total} sont affichées.</translation>
    </message>
    <message>
        <source>Bring back</source>
        <translation>Ramener</translation>
    </message>
    <message>
        <source>They are staged in today&apos;s table, to be looked at and saved there.</source>
        <translation>Elles sont préparées dans la table d’aujourd’hui, pour y être vues et enregistrées.</translation>
    </message>
    <message>
        <source>These rows are there already.</source>
        <translation>Ces lignes y sont déjà.</translation>
    </message>
    <message>
        <source>Nothing is to be brought back: the rows are as the backup has them</source>
        <translation>Rien à ramener&#xa0;: les lignes sont comme dans la sauvegarde</translation>
    </message>
</context>
<context>
    <name>IntervalEditor</name>
    <message>
        <source>For example: 1 day 02:30:00, 3 mons, -15 minutes, P1DT2H</source>
        <translation>Par exemple&#xa0;: 1 day 02:30:00, 3 mons, -15 minutes, P1DT2H</translation>
    </message>
</context>
<context>
    <name>JobView</name>
    <message>
        <source>Stopped: nothing was changed, and no file is left</source>
        <translation>Arrêté&#xa0;: rien n’a été modifié, et il ne reste aucun fichier</translation>
    </message>
</context>
<context>
    <name>JsonEditor</name>
    <message>
        <source>Format</source>
        <translation>Mettre en forme</translation>
    </message>
    <message>
        <source>Lay the text out over lines</source>
        <translation>Disposer le texte sur plusieurs lignes</translation>
    </message>
    <message>
        <source>Tree</source>
        <translation>Arbre</translation>
    </message>
    <message>
        <source>Edit node by node (F4)</source>
        <translation>Modifier nœud par nœud (F4)</translation>
    </message>
    <message>
        <source>This text is too long for a tree.</source>
        <translation>Ce texte est trop long pour un arbre.</translation>
    </message>
    <message>
        <source>Only valid JSON has a tree.</source>
        <translation>Seul un JSON valide a un arbre.</translation>
    </message>
    <message>
        <source>Set JSON null</source>
        <translation>Mettre null (JSON)</translation>
    </message>
    <message>
        <source>Not JSON yet: line {line}, column {column}</source>
        <translation>Pas encore du JSON&#xa0;: ligne {line}, colonne {column}</translation>
    </message>
    <message>
        <source>Valid JSON</source>
        <translation>JSON valide</translation>
    </message>
</context>
<context>
    <name>JsonTree</name>
    <message>
        <source>JSON as a tree</source>
        <translation>JSON en arbre</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Clé</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Valeur</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Type</translation>
    </message>
    <message>
        <source>Not a number in JSON. To write a text here, choose the type text.</source>
        <translation>Ce n’est pas un nombre JSON. Pour écrire un texte, choisissez le type texte.</translation>
    </message>
    <message>
        <source>Add (Ins)</source>
        <translation>Ajouter (Inser)</translation>
    </message>
    <message>
        <source>Take out (Ctrl+Del)</source>
        <translation>Retirer (Ctrl+Suppr)</translation>
    </message>
    <message numerus="yes">
        <source>%Ln key(s)</source>
        <translation>
            <numerusform>%Ln clé</numerusform>
            <numerusform>%Ln clés</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln element(s)</source>
        <translation>
            <numerusform>%Ln élément</numerusform>
            <numerusform>%Ln éléments</numerusform>
        </translation>
    </message>
    <message>
        <source>text</source>
        <translation>texte</translation>
    </message>
    <message>
        <source>number</source>
        <translation>nombre</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>vrai ou faux</translation>
    </message>
    <message>
        <source>null</source>
        <translation>null</translation>
    </message>
    <message>
        <source>object</source>
        <translation>objet</translation>
    </message>
    <message>
        <source>list</source>
        <translation>liste</translation>
    </message>
    <message numerus="yes">
        <source>Show %Ln more</source>
        <translation>
            <numerusform>En afficher %Ln de plus</numerusform>
            <numerusform>En afficher %Ln de plus</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>KeepDialog</name>
    <message>
        <source>Keep as a seed</source>
        <translation>Garder comme jeu de données</translation>
    </message>
    <message>
        <source>&amp;Keep</source>
        <translation>&amp;Garder</translation>
    </message>
    <message>
        <source>A seed brings these edits about in any database with the same tables, once or many times. It is a script in your project that you can read and commit.</source>
        <translation>Un jeu de données reproduit ces modifications dans toute base ayant les mêmes tables, une ou plusieurs fois. C’est un script de votre projet, que vous pouvez lire et versionner.</translation>
    </message>
    <message>
        <source>Name of the seed</source>
        <translation>Nom du jeu de données</translation>
    </message>
    <message>
        <source>What the seed is for</source>
        <translation>Usage du jeu de données</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Nom&#xa0;:</translation>
    </message>
    <message>
        <source>&amp;Description:</source>
        <translation>&amp;Description&#xa0;:</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>The file will be {name}.sql.</source>
        <translation>Le fichier s’appellera {name}.sql.</translation>
    </message>
    <message>
        <source>Keeping edits as a seed</source>
        <translation>Création d’un jeu de données à partir des modifications</translation>
    </message>
    <message>
        <source>Open file</source>
        <translation>Ouvrir le fichier</translation>
    </message>
    <message>
        <source>Kept as the seed {name}</source>
        <translation>Modifications gardées dans le jeu de données {name}</translation>
    </message>
    <message>
        <source>How long the history is kept</source>
        <translation>Durée de conservation de l’historique</translation>
    </message>
    <message>
        <source>Days</source>
        <translation>Jours</translation>
    </message>
    <message>
        <source>Megabytes</source>
        <translation>Mégaoctets</translation>
    </message>
    <message>
        <source>no bound</source>
        <translation>sans limite</translation>
    </message>
    <message>
        <source>What rows were before they were saved is kept on this machine, for its owner alone. It is people&apos;s data: keep it as long as you may want to take something back. What is older goes with the next save.</source>
        <translation>L’état antérieur des lignes est gardé sur cette machine, pour son seul propriétaire. Ce sont les données de personnes&#xa0;: gardez-les tant que vous pourriez vouloir annuler quelque chose. Le plus ancien part avec le prochain enregistrement.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Nothing is older than that</source>
        <translation>Rien n’est plus ancien</translation>
    </message>
    <message>
        <source>They can&apos;t be taken back after that. The database itself is not touched.</source>
        <translation>Ils ne pourront plus être annulés ensuite. La base elle-même n’est pas touchée.</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Supprimer</translation>
    </message>
</context>
<context>
    <name>KeptCard</name>
    <message>
        <source>What a restore has replaced is still there</source>
        <translation>Ce qu’une restauration a remplacé est encore là</translation>
    </message>
    <message>
        <source>{name}: {database} as it was until {moment}, {size}</source>
        <translation>{name}&#xa0;: {database} telle qu’elle était jusqu’au {moment}, {size}</translation>
    </message>
    <message>
        <source>Dismiss…</source>
        <translation>Congédier…</translation>
    </message>
    <message>
        <source>Dismiss {name}</source>
        <translation>Congédier {name}</translation>
    </message>
</context>
<context>
    <name>KindCounts</name>
    <message numerus="yes">
        <source>%Ln aggregate(s)</source>
        <translation>
            <numerusform>%Ln agrégat</numerusform>
            <numerusform>%Ln agrégats</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln collation(s)</source>
        <translation>
            <numerusform>%Ln collation</numerusform>
            <numerusform>%Ln collations</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln composite type(s)</source>
        <translation>
            <numerusform>%Ln type composite</numerusform>
            <numerusform>%Ln types composites</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln conversion(s)</source>
        <translation>
            <numerusform>%Ln conversion</numerusform>
            <numerusform>%Ln conversions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln event trigger(s)</source>
        <translation>
            <numerusform>%Ln déclencheur d’événement</numerusform>
            <numerusform>%Ln déclencheurs d’événement</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln extension(s)</source>
        <translation>
            <numerusform>%Ln extension</numerusform>
            <numerusform>%Ln extensions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln foreign server(s)</source>
        <translation>
            <numerusform>%Ln serveur distant</numerusform>
            <numerusform>%Ln serveurs distants</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln foreign table(s)</source>
        <translation>
            <numerusform>%Ln table distante</numerusform>
            <numerusform>%Ln tables distantes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln function(s)</source>
        <translation>
            <numerusform>%Ln fonction</numerusform>
            <numerusform>%Ln fonctions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln large object(s)</source>
        <translation>
            <numerusform>%Ln objet large</numerusform>
            <numerusform>%Ln objets larges</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln materialized view(s)</source>
        <translation>
            <numerusform>%Ln vue matérialisée</numerusform>
            <numerusform>%Ln vues matérialisées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln operator(s)</source>
        <translation>
            <numerusform>%Ln opérateur</numerusform>
            <numerusform>%Ln opérateurs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln operator class(es)</source>
        <translation>
            <numerusform>%Ln classe d’opérateurs</numerusform>
            <numerusform>%Ln classes d’opérateurs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln operator families</source>
        <translation>
            <numerusform>%Ln famille d’opérateurs</numerusform>
            <numerusform>%Ln familles d’opérateurs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln procedure(s)</source>
        <translation>
            <numerusform>%Ln procédure</numerusform>
            <numerusform>%Ln procédures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln publication(s)</source>
        <translation>
            <numerusform>%Ln publication</numerusform>
            <numerusform>%Ln publications</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln sequence(s)</source>
        <translation>
            <numerusform>%Ln séquence</numerusform>
            <numerusform>%Ln séquences</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln statistics object(s)</source>
        <translation>
            <numerusform>%Ln objet de statistiques</numerusform>
            <numerusform>%Ln objets de statistiques</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln subscription(s)</source>
        <translation>
            <numerusform>%Ln abonnement</numerusform>
            <numerusform>%Ln abonnements</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln text search configuration(s)</source>
        <translation>
            <numerusform>%Ln configuration de recherche de texte</numerusform>
            <numerusform>%Ln configurations de recherche de texte</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln text search dictionaries</source>
        <translation>
            <numerusform>%Ln dictionnaire de recherche de texte</numerusform>
            <numerusform>%Ln dictionnaires de recherche de texte</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln text search parser(s)</source>
        <translation>
            <numerusform>%Ln analyseur de recherche de texte</numerusform>
            <numerusform>%Ln analyseurs de recherche de texte</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln text search template(s)</source>
        <translation>
            <numerusform>%Ln modèle de recherche de texte</numerusform>
            <numerusform>%Ln modèles de recherche de texte</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln type(s)</source>
        <translation>
            <numerusform>%Ln type</numerusform>
            <numerusform>%Ln types</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln view(s)</source>
        <translation>
            <numerusform>%Ln vue</numerusform>
            <numerusform>%Ln vues</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>rows</source>
        <translation>lignes</translation>
    </message>
    <message>
        <source>bloat</source>
        <translation>vide</translation>
    </message>
    <message>
        <source>indexes</source>
        <translation>index</translation>
    </message>
    <message>
        <source>TOAST</source>
        <translation>TOAST</translation>
    </message>
</context>
<context>
    <name>LibraryList</name>
    <message>
        <source>Backups</source>
        <translation>Sauvegardes</translation>
    </message>
    <message>
        <source>Backup</source>
        <translation>Sauvegarde</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>Âge</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Taille</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Révision</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Database</source>
        <translation>Base</translation>
    </message>
</context>
<context>
    <name>LibraryPage</name>
    <message>
        <source>Can&apos;t be read: {file} ({reason})</source>
        <translation>Illisible&#xa0;: {file} ({reason})</translation>
    </message>
    <message>
        <source>A backup is believed here once it was restored and compared. The first one takes a click; proving it, another.</source>
        <translation>Ici, une sauvegarde n’est crue qu’une fois restaurée et comparée. La première ne demande qu’un clic&#xa0;; l’éprouver, un autre.</translation>
    </message>
    <message>
        <source>Create a backup…</source>
        <translation>Créer une sauvegarde…</translation>
    </message>
    <message>
        <source>This database has no backup</source>
        <translation>Cette base n’a pas de sauvegarde</translation>
    </message>
    <message>
        <source>There are backups of other databases: untick “Only of this database”.</source>
        <translation>Il y a des sauvegardes d’autres bases&#xa0;: décochez «&#xa0;De cette base seulement&#xa0;».</translation>
    </message>
</context>
<context>
    <name>LineEditor</name>
    <message numerus="yes">
        <source>At most %Ln character(s)</source>
        <translation>
            <numerusform>Au plus %Ln caractère</numerusform>
            <numerusform>Au plus %Ln caractères</numerusform>
        </translation>
    </message>
    <message>
        <source>Edit as several lines</source>
        <translation>Modifier sur plusieurs lignes</translation>
    </message>
    <message>
        <source>Edit as several lines (Shift+Enter)</source>
        <translation>Modifier sur plusieurs lignes (Maj+Entrée)</translation>
    </message>
    <message>
        <source>Set empty text</source>
        <translation>Mettre un texte vide</translation>
    </message>
    <message>
        <source>Edit as several lines	Shift+Enter</source>
        <translation>Modifier sur plusieurs lignes	Maj+Entrée</translation>
    </message>
</context>
<context>
    <name>LiveButton</name>
    <message numerus="yes">
        <source>%Ln row(s) gone</source>
        <translation>
            <numerusform>%Ln ligne disparue</numerusform>
            <numerusform>%Ln lignes disparues</numerusform>
        </translation>
    </message>
    <message>
        <source>Auto-refresh: {state}</source>
        <translation>Actualisation automatique&#xa0;: {state}</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Désactivée</translation>
    </message>
    <message numerus="yes">
        <source>Every %Ln minute(s)</source>
        <translation>
            <numerusform>%Ln minute</numerusform>
            <numerusform>%Ln minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Every %Ln second(s)</source>
        <translation>
            <numerusform>%Ln seconde</numerusform>
            <numerusform>%Ln secondes</numerusform>
        </translation>
    </message>
    <message>
        <source>Live: off</source>
        <translation>Direct&#xa0;: non</translation>
    </message>
    <message>
        <source>Live: {seconds} s</source>
        <translation>Direct&#xa0;: {seconds}&#xa0;s</translation>
    </message>
    <message>
        <source>Live: paused</source>
        <translation>Direct&#xa0;: en pause</translation>
    </message>
    <message>
        <source>Live: stopped</source>
        <translation>Direct&#xa0;: arrêté</translation>
    </message>
    <message>
        <source>Paused: the server works long for this filter or order. Refresh with F5.</source>
        <translation>En pause&#xa0;: le serveur travaille longtemps pour ce filtre ou cet ordre. Actualisez avec F5.</translation>
    </message>
    <message>
        <source>Read the rows again by themselves (Shift+F5)</source>
        <translation>Relire les lignes automatiquement (Maj+F5)</translation>
    </message>
    <message>
        <source>The rows are read again by themselves (Shift+F5 stops it)</source>
        <translation>Les lignes sont relues automatiquement (Maj+F5 pour arrêter)</translation>
    </message>
    <message>
        <source>It goes on as soon as nothing is being edited or chosen</source>
        <translation>Reprend dès que rien n’est en cours de modification ou de choix</translation>
    </message>
    <message>
        <source>The last reading failed; refresh to go on</source>
        <translation>La dernière lecture a échoué&#xa0;; actualisez pour reprendre</translation>
    </message>
</context>
<context>
    <name>LongTextEditor</name>
    <message>
        <source>Apply</source>
        <translation>Appliquer</translation>
    </message>
    <message>
        <source>Ctrl+Enter</source>
        <translation>Ctrl+Entrée</translation>
    </message>
    <message numerus="yes">
        <source>%Ln character(s)</source>
        <translation>
            <numerusform>%Ln caractère</numerusform>
            <numerusform>%Ln caractères</numerusform>
        </translation>
    </message>
    <message>
        <source>{size}, at most {most}</source>
        <translation>{size}, {most} au plus</translation>
    </message>
    <message>
        <source>Set empty text</source>
        <translation>Mettre un texte vide</translation>
    </message>
</context>
<context>
    <name>LookBar</name>
    <message>
        <source>Look again</source>
        <translation>Regarder de nouveau</translation>
    </message>
    <message>
        <source>How often it is looked again</source>
        <translation>À quel rythme on regarde de nouveau</translation>
    </message>
    <message>
        <source>every {seconds} s</source>
        <translation>toutes les {seconds}&#xa0;s</translation>
    </message>
    <message>
        <source>not by itself</source>
        <translation>pas de soi-même</translation>
    </message>
</context>
<context>
    <name>LossView</name>
    <message>
        <source>What will be lost, by table</source>
        <translation>Ce qui sera perdu, par table</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Table</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Lignes</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Taille</translation>
    </message>
    <message>
        <source>On account of</source>
        <translation>En raison de</translation>
    </message>
</context>
<context>
    <name>MaintainDialog</name>
    <message>
        <source>What it will be like</source>
        <translation>Comment ce sera</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Looking at the tables…</source>
        <translation>On regarde les tables…</translation>
    </message>
    <message>
        <source>{job} on {tables}?</source>
        <translation>{job} sur {tables}&#xa0;?</translation>
    </message>
    <message>
        <source>Choose an index…</source>
        <translation>Choisir un index…</translation>
    </message>
    <message>
        <source>Index whose order the table gets</source>
        <translation>Index dont la table prend l’ordre</translation>
    </message>
    <message>
        <source>Others</source>
        <translation>Les autres</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Durée</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>Disque</translation>
    </message>
    <message>
        <source>To be known</source>
        <translation>À savoir</translation>
    </message>
    <message>
        <source>Left out: {table}, {reason}</source>
        <translation>Laissée de côté&#xa0;: {table}, {reason}</translation>
    </message>
    <message>
        <source>and {number} more</source>
        <translation>et {number} autres</translation>
    </message>
    <message>
        <source>Tables</source>
        <translation>Tables</translation>
    </message>
    <message>
        <source>{index} on {table}</source>
        <translation>{index} sur {table}</translation>
    </message>
    <message>
        <source>Just now it would wait for {holder} on {table}, since {since}</source>
        <translation>En ce moment, cela attendrait {holder} sur {table}, depuis {since}</translation>
    </message>
    <message>
        <source>Nobody knows: nothing like it was done here yet.</source>
        <translation>Inconnue&#xa0;: rien de tel n’a encore été fait ici.</translation>
    </message>
    <message>
        <source>About {time}, between {least} and {most}, as it went before.</source>
        <translation>Environ {time}, entre {least} et {most}, comme les fois précédentes.</translation>
    </message>
    <message>
        <source>It needs no room worth mentioning.</source>
        <translation>Presque aucune place n’est nécessaire.</translation>
    </message>
    <message>
        <source>At its height it needs about {size} more</source>
        <translation>Au plus fort, il faut environ {size} de plus</translation>
    </message>
    <message>
        <source>{needed}; {free} are free.</source>
        <translation>{needed}&#xa0;; {free} sont libres.</translation>
    </message>
</context>
<context>
    <name>MaintenanceView</name>
    <message>
        <source>{job}: done</source>
        <translation>{job}&#xa0;: terminé</translation>
    </message>
    <message>
        <source>{job}: not done on all tables</source>
        <translation>{job}&#xa0;: pas fait sur toutes les tables</translation>
    </message>
    <message>
        <source>{size} given back</source>
        <translation>{size} rendus</translation>
    </message>
    <message>
        <source>{table}: left out, {reason}</source>
        <translation>{table}&#xa0;: laissée de côté, {reason}</translation>
    </message>
    <message>
        <source>Stopped. What was done on tables before stays done; nothing is left half done.</source>
        <translation>Arrêté. Ce qui était fait sur des tables le reste&#xa0;; rien ne reste à moitié fait.</translation>
    </message>
    <message>
        <source>What the server said</source>
        <translation>Ce que le serveur a dit</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Journal</translation>
    </message>
    <message>
        <source>table {number} of {of}</source>
        <translation>table {number} sur {of}</translation>
    </message>
    <message>
        <source>waits for {holders}</source>
        <translation>attend {holders}</translation>
    </message>
</context>
<context>
    <name>MappingView</name>
    <message>
        <source>Where {column} goes</source>
        <translation>Où va {column}</translation>
    </message>
    <message>
        <source>— nowhere —</source>
        <translation>— nulle part —</translation>
    </message>
    <message>
        <source>“{value}”</source>
        <translation>«&#xa0;{value}&#xa0;»</translation>
    </message>
    <message>
        <source>Columns of the file, and where they go</source>
        <translation>Colonnes du fichier, et où elles vont</translation>
    </message>
    <message>
        <source>In the file</source>
        <translation>Dans le fichier</translation>
    </message>
    <message>
        <source>Goes to</source>
        <translation>Va dans</translation>
    </message>
    <message>
        <source>First values</source>
        <translation>Premières valeurs</translation>
    </message>
</context>
<context>
    <name>MergeDialog</name>
    <message>
        <source>Merge heads</source>
        <translation>Fusionner les têtes</translation>
    </message>
    <message>
        <source>Name of the migration</source>
        <translation>Nom de la migration</translation>
    </message>
    <message>
        <source>Write the merge</source>
        <translation>Écrire la fusion</translation>
    </message>
    <message>
        <source>There is one head only</source>
        <translation>Il n’y a qu’une tête</translation>
    </message>
    <message>
        <source>Nothing is to be merged.</source>
        <translation>Il n’y a rien à fusionner.</translation>
    </message>
    <message>
        <source>A merge is a revision without SQL of its own. It builds on all of these, so that one head is left:</source>
        <translation>Une fusion est une révision sans SQL propre. Elle repose sur toutes celles-ci, pour qu’il ne reste qu’une tête&#xa0;:</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Nom&#xa0;:</translation>
    </message>
    <message>
        <source>Writing a merge</source>
        <translation>Écriture d’une fusion</translation>
    </message>
    <message>
        <source>Writing the file</source>
        <translation>Écriture du fichier</translation>
    </message>
    <message>
        <source>Merged</source>
        <translation>Fusionnées</translation>
    </message>
</context>
<context>
    <name>MigrationsPanel</name>
    <message>
        <source>There are no migrations yet</source>
        <translation>Il n’y a pas encore de migrations</translation>
    </message>
    <message>
        <source>Prisma writes the first one from schema.prisma: see the command for it.</source>
        <translation>Prisma écrit la première à partir de schema.prisma&#xa0;: voir la commande.</translation>
    </message>
    <message>
        <source>Create the first one: Studio compares your models with the database and writes it.</source>
        <translation>Créez la première&#xa0;: Studio compare vos modèles avec la base et l’écrit.</translation>
    </message>
    <message>
        <source>Create migration…</source>
        <translation>Créer une migration…</translation>
    </message>
    <message>
        <source>Open another folder…</source>
        <translation>Ouvrir un autre dossier…</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
    <message>
        <source>Baseline up to this one…</source>
        <translation>Base de départ jusqu’à celle-ci…</translation>
    </message>
    <message>
        <source>Resolve…</source>
        <translation>Résoudre…</translation>
    </message>
    <message>
        <source>Deploy up to this one…</source>
        <translation>Déployer jusqu’à celle-ci…</translation>
    </message>
    <message>
        <source>Test up to this one</source>
        <translation>Tester jusqu’à celle-ci</translation>
    </message>
    <message>
        <source>Downgrade to this one…</source>
        <translation>Revenir à celle-ci…</translation>
    </message>
    <message>
        <source>Stamp this one…</source>
        <translation>Tamponner celle-ci…</translation>
    </message>
    <message>
        <source>Copy revision</source>
        <translation>Copier la révision</translation>
    </message>
    <message>
        <source>Copy path</source>
        <translation>Copier le chemin</translation>
    </message>
</context>
<context>
    <name>MoneyEditor</name>
    <message>
        <source>Written as the server writes money (lc_monetary).</source>
        <translation>Écrit comme le serveur écrit la monnaie (lc_monetary).</translation>
    </message>
</context>
<context>
    <name>NewTarget</name>
    <message>
        <source>Fill in the new row and save it: its key goes into {table} then.</source>
        <translation>Remplissez la nouvelle ligne et enregistrez-la&#xa0;: sa clé va alors dans {table}.</translation>
    </message>
    <message>
        <source>The new row is saved. Choose it in the cell.</source>
        <translation>La nouvelle ligne est enregistrée. Choisissez-la dans la cellule.</translation>
    </message>
    <message>
        <source>The key of the new row stands in {table} now; it is not saved yet.</source>
        <translation>La clé de la nouvelle ligne est maintenant dans {table}&#xa0;; ce n’est pas encore enregistré.</translation>
    </message>
</context>
<context>
    <name>NodeDelegate</name>
    <message>
        <source>empty text</source>
        <translation>texte vide</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Clé</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Valeur</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Type</translation>
    </message>
</context>
<context>
    <name>NoticeHistory</name>
    <message>
        <source>Notices</source>
        <translation>Messages</translation>
    </message>
    <message>
        <source>Notices, newest first</source>
        <translation>Messages, du plus récent au plus ancien</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Copier les détails</translation>
    </message>
    <message>
        <source>Nothing has happened since the window was opened</source>
        <translation>Rien ne s’est passé depuis l’ouverture de la fenêtre</translation>
    </message>
</context>
<context>
    <name>NoticeStrip</name>
    <message numerus="yes">
        <source>%Ln more</source>
        <comment>further notices</comment>
        <translation>
            <numerusform>%Ln autre</numerusform>
            <numerusform>%Ln autres</numerusform>
        </translation>
    </message>
    <message>
        <source>Notice</source>
        <translation>Message</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Copier les détails</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Show earlier notices</source>
        <translation>Afficher les messages précédents</translation>
    </message>
</context>
<context>
    <name>NumberEditor</name>
    <message>
        <source>Up to {digits} digits, {scale} of them after the point</source>
        <translation>Au plus {digits} chiffres, dont {scale} décimales</translation>
    </message>
</context>
<context>
    <name>Palette</name>
    <message>
        <source>Go to table or action…</source>
        <translation>Aller à une table ou une action…</translation>
    </message>
    <message>
        <source>Go to table or action</source>
        <translation>Aller à une table ou une action</translation>
    </message>
    <message>
        <source>Matches</source>
        <translation>Résultats</translation>
    </message>
</context>
<context>
    <name>PartList</name>
    <message>
        <source>Conditions of the group</source>
        <translation>Conditions du groupe</translation>
    </message>
</context>
<context>
    <name>PartsTree</name>
    <message>
        <source>Parts of the value</source>
        <translation>Parties de la valeur</translation>
    </message>
    <message>
        <source>Add (Ins)</source>
        <translation>Ajouter (Inser)</translation>
    </message>
    <message>
        <source>Add a list inside (Shift+Ins)</source>
        <translation>Ajouter une liste à l’intérieur (Maj+Inser)</translation>
    </message>
    <message>
        <source>Take out (Ctrl+Del)</source>
        <translation>Retirer (Ctrl+Suppr)</translation>
    </message>
    <message>
        <source>Move up (Alt+Up)</source>
        <translation>Monter (Alt+Haut)</translation>
    </message>
    <message>
        <source>Move down (Alt+Down)</source>
        <translation>Descendre (Alt+Bas)</translation>
    </message>
    <message>
        <source>Make it {null} (Ctrl+0)</source>
        <translation>Mettre {null} (Ctrl+0)</translation>
    </message>
</context>
<context>
    <name>PasswordDialog</name>
    <message>
        <source>Password</source>
        <translation>Mot de passe</translation>
    </message>
    <message>
        <source>Keep it in the system keyring</source>
        <translation>Le garder dans le trousseau du système</translation>
    </message>
    <message>
        <source>Password of {user} for {place}:</source>
        <translation>Mot de passe de {user} pour {place}&#xa0;:</translation>
    </message>
</context>
<context>
    <name>PasteDialog</name>
    <message>
        <source>Paste as new rows</source>
        <translation>Coller comme nouvelles lignes</translation>
    </message>
    <message>
        <source>The first line names the &amp;columns</source>
        <translation>La première ligne nomme les &amp;colonnes</translation>
    </message>
    <message>
        <source>&amp;Add rows</source>
        <translation>&amp;Ajouter les lignes</translation>
    </message>
    <message>
        <source>The first line names the columns</source>
        <translation>La première ligne nomme les colonnes</translation>
    </message>
    <message>
        <source>What NULL reads as in the block</source>
        <translation>Comment NULL s’écrit dans le bloc</translation>
    </message>
    <message>
        <source>The rows as they will be</source>
        <translation>Les lignes telles qu’elles seront</translation>
    </message>
    <message>
        <source>Add rows</source>
        <translation>Ajouter les lignes</translation>
    </message>
    <message>
        <source>&amp;NULL reads as:</source>
        <translation>&amp;NULL s’écrit&#xa0;:</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) will be added.</source>
        <translation>
            <numerusform>%Ln ligne sera ajoutée.</numerusform>
            <numerusform>%Ln lignes seront ajoutées.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The block has %Ln column(s) more than there are from here on; they are left out.</source>
        <translation>
            <numerusform>Le bloc a %Ln colonne de plus qu’il n’y en a à partir d’ici&#xa0;; elle est laissée de côté.</numerusform>
            <numerusform>Le bloc a %Ln colonnes de plus qu’il n’y en a à partir d’ici&#xa0;; elles sont laissées de côté.</numerusform>
        </translation>
    </message>
    <message>
        <source>No such column, left out: {columns}</source>
        <translation>Colonne inconnue, laissée de côté&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>PostgreSQL fills these in itself, left out: {columns}</source>
        <translation>PostgreSQL les remplit lui-même, laissées de côté&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>Your role may not fill these, left out: {columns}</source>
        <translation>Votre rôle ne peut pas les remplir, laissées de côté&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>At most {most} rows are pasted at a time. Import a file instead.</source>
        <translation>On colle au plus {most} lignes à la fois. Importez plutôt un fichier.</translation>
    </message>
    <message>
        <source>Line {line}, {column}: {reason}</source>
        <translation>Ligne {line}, {column}&#xa0;: {reason}</translation>
    </message>
    <message>
        <source>… and more cells that do not fit.</source>
        <translation>… et d’autres cellules qui ne conviennent pas.</translation>
    </message>
</context>
<context>
    <name>PlanTree</name>
    <message>
        <source>Steps of the plan</source>
        <translation>Étapes du plan</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Étape</translation>
    </message>
    <message>
        <source>By itself</source>
        <translation>À elle seule</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>Coût</translation>
    </message>
    <message>
        <source>Rows planned</source>
        <translation>Lignes prévues</translation>
    </message>
    <message>
        <source>Rows found</source>
        <translation>Lignes trouvées</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Temps</translation>
    </message>
    <message>
        <source>Loops</source>
        <translation>Boucles</translation>
    </message>
    <message>
        <source>What part of the whole the step takes without what is below it</source>
        <translation>La part du tout que prend l’étape, sans ce qui est au-dessous d’elle</translation>
    </message>
    <message>
        <source>As the planner reckons: one for a page read in sequence</source>
        <translation>Selon le planificateur&#xa0;: un pour une page lue en séquence</translation>
    </message>
    <message>
        <source>{number} ms</source>
        <translation>{number}&#xa0;ms</translation>
    </message>
    <message>
        <source>{times} times as many rows came as were planned: ANALYZE may help.</source>
        <translation>{times} fois plus de lignes que prévu&#xa0;: ANALYZE peut aider.</translation>
    </message>
    <message>
        <source>{times} times fewer rows came than were planned: ANALYZE may help.</source>
        <translation>{times} fois moins de lignes que prévu&#xa0;: ANALYZE peut aider.</translation>
    </message>
</context>
<context>
    <name>PlanValues</name>
    <message>
        <source>value of ${number}</source>
        <translation>valeur de ${number}</translation>
    </message>
</context>
<context>
    <name>PlanView</name>
    <message>
        <source>Revisions in order</source>
        <translation>Révisions dans l’ordre</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Révision</translation>
    </message>
    <message>
        <source>Statements</source>
        <translation>Instructions</translation>
    </message>
    <message>
        <source>SQL that would run</source>
        <translation>SQL qui serait exécuté</translation>
    </message>
    <message>
        <source>Copy SQL</source>
        <translation>Copier le SQL</translation>
    </message>
    <message>
        <source>All of it</source>
        <translation>Tout</translation>
    </message>
    <message numerus="yes">
        <source>%Ln revision(s), in this order</source>
        <translation>
            <numerusform>%Ln révision, dans cet ordre</numerusform>
            <numerusform>%Ln révisions, dans cet ordre</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The SQL of %Ln revision(s) can&apos;t be shown.</source>
        <translation>
            <numerusform>Le SQL de %Ln révision ne peut pas être affiché.</numerusform>
            <numerusform>Le SQL de %Ln révisions ne peut pas être affiché.</numerusform>
        </translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Étapes</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Texte</translation>
    </message>
    <message>
        <source>Plan of the statement</source>
        <translation>Plan de l’instruction</translation>
    </message>
    <message>
        <source>What the step does</source>
        <translation>Ce que fait l’étape</translation>
    </message>
    <message>
        <source>The plan as text</source>
        <translation>Le plan en texte</translation>
    </message>
</context>
<context>
    <name>PreviewView</name>
    <message>
        <source>What it needs is missing on this server</source>
        <translation>Ce dont elle a besoin manque sur ce serveur</translation>
    </message>
    <message>
        <source>Extensions: {names}</source>
        <translation>Extensions&#xa0;: {names}</translation>
    </message>
    <message>
        <source>Roles: {names}</source>
        <translation>Rôles&#xa0;: {names}</translation>
    </message>
    <message>
        <source>Make the roles first, or restore without owners and privileges.</source>
        <translation>Créez d’abord les rôles, ou restaurez sans propriétaires ni privilèges.</translation>
    </message>
    <message>
        <source>Good to know</source>
        <translation>Bon à savoir</translation>
    </message>
    <message>
        <source>large objects</source>
        <translation>grands objets</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Fichier</translation>
    </message>
    <message>
        <source>Database</source>
        <translation>Base</translation>
    </message>
    <message>
        <source>Made</source>
        <translation>Faite</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Serveur</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programme</translation>
    </message>
    <message>
        <source>Holds</source>
        <translation>Contient</translation>
    </message>
    <message>
        <source>Schemas</source>
        <translation>Schémas</translation>
    </message>
    <message>
        <source>Extensions</source>
        <translation>Extensions</translation>
    </message>
    <message>
        <source>Roles</source>
        <translation>Rôles</translation>
    </message>
    <message>
        <source>{revision}  ·  this database: {here}  ·  the project: {project}</source>
        <translation>{revision}  ·  cette base&#xa0;: {here}  ·  le projet&#xa0;: {project}</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Révision</translation>
    </message>
</context>
<context>
    <name>PrismaCreateDialog</name>
    <message>
        <source>Create a migration with Prisma</source>
        <translation>Créer une migration avec Prisma</translation>
    </message>
    <message>
        <source>Name of the migration</source>
        <translation>Nom de la migration</translation>
    </message>
    <message>
        <source>add notes to bookings</source>
        <translation>ajouter des notes aux réservations</translation>
    </message>
    <message>
        <source>Command that creates it</source>
        <translation>Commande qui la crée</translation>
    </message>
    <message>
        <source>A Prisma project says in schema.prisma what its tables are, and only Prisma reads that language. So it is Prisma that writes a migration: change schema.prisma, then run this in the project.</source>
        <translation>Un projet Prisma dit dans schema.prisma quelles sont ses tables, et seul Prisma lit ce langage. C’est donc Prisma qui écrit une migration&#xa0;: modifiez schema.prisma, puis lancez ceci dans le projet.</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Nom&#xa0;:</translation>
    </message>
    <message>
        <source>Folder:</source>
        <translation>Dossier&#xa0;:</translation>
    </message>
    <message>
        <source>Copy command</source>
        <translation>Copier la commande</translation>
    </message>
    <message>
        <source>It needs a database of its own beside this one (the shadow database), writes the folder with its migration.sql and applies nothing. It is pending here then: look at it, and deploy.</source>
        <translation>Il lui faut une base à elle à côté de celle-ci (la base fantôme)&#xa0;; elle écrit le dossier avec son migration.sql et n’applique rien. La migration est alors en attente ici&#xa0;: regardez-la, puis déployez.</translation>
    </message>
</context>
<context>
    <name>ProofView</name>
    <message>
        <source>on the embedded server</source>
        <translation>sur le serveur intégré</translation>
    </message>
    <message>
        <source>on the same server</source>
        <translation>sur le même serveur</translation>
    </message>
    <message>
        <source>Restored on {moment} {where} (PostgreSQL {version}), in {time}</source>
        <translation>Restaurée le {moment} {where} (PostgreSQL {version}), en {time}</translation>
    </message>
    <message>
        <source>Extensions that could not be had there: {names}</source>
        <translation>Extensions qui n’y étaient pas disponibles&#xa0;: {names}</translation>
    </message>
    <message>
        <source>The restore said: {words}</source>
        <translation>La restauration a dit&#xa0;: {words}</translation>
    </message>
    <message>
        <source>Beside the models: {words}</source>
        <translation>Par rapport aux modèles&#xa0;: {words}</translation>
    </message>
    <message>
        <source>Never proven</source>
        <translation>Jamais éprouvée</translation>
    </message>
    <message>
        <source>Nobody has restored and compared it yet. Prove it first, to know that it can be.</source>
        <translation>Personne ne l’a encore restaurée et comparée. Éprouvez-la d’abord, pour savoir qu’elle peut l’être.</translation>
    </message>
    <message>
        <source>Only that it can be restored is known: what its tables should hold is noted nowhere.</source>
        <translation>On sait seulement qu’elle peut être restaurée&#xa0;: ce que ses tables devraient contenir n’est noté nulle part.</translation>
    </message>
    <message>
        <source>It was whole on {moment}.</source>
        <translation>Elle était intacte le {moment}.</translation>
    </message>
</context>
<context>
    <name>PruneDialog</name>
    <message>
        <source>Which backups are kept</source>
        <translation>Quelles sauvegardes sont gardées</translation>
    </message>
    <message>
        <source>Of each of the last days, weeks and months that have a backup, the best one stays: a proven one before one that nobody tried. The last proven one always stays, and so do those that others made.</source>
        <translation>De chacun des derniers jours, semaines et mois qui ont une sauvegarde, la meilleure reste&#xa0;: une éprouvée avant une que personne n’a essayée. La dernière éprouvée reste toujours, ainsi que celles que d’autres ont faites.</translation>
    </message>
    <message>
        <source>What becomes of each backup</source>
        <translation>Ce que devient chaque sauvegarde</translation>
    </message>
    <message>
        <source>Backup</source>
        <translation>Sauvegarde</translation>
    </message>
    <message>
        <source>Made</source>
        <translation>Faite</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Taille</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Pourquoi</translation>
    </message>
    <message>
        <source>Days</source>
        <translation>Jours</translation>
    </message>
    <message>
        <source>Weeks</source>
        <translation>Semaines</translation>
    </message>
    <message>
        <source>Months</source>
        <translation>Mois</translation>
    </message>
    <message>
        <source>Never fewer than</source>
        <translation>Jamais moins de</translation>
    </message>
    <message>
        <source>Nothing would go</source>
        <translation>Rien ne partirait</translation>
    </message>
    <message>
        <source>goes</source>
        <translation>part</translation>
    </message>
    <message>
        <source>stays</source>
        <translation>reste</translation>
    </message>
    <message>
        <source>The files are gone for good. The database itself is not touched.</source>
        <translation>Les fichiers disparaissent pour de bon. La base elle-même n’est pas touchée.</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Supprimer</translation>
    </message>
</context>
<context>
    <name>PullDialog</name>
    <message>
        <source>Models of this database</source>
        <translation>Modèles de cette base</translation>
    </message>
    <message>
        <source>Schema</source>
        <translation>Schéma</translation>
    </message>
    <message>
        <source>Source of the models</source>
        <translation>Source des modèles</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
    <message>
        <source>Save as…</source>
        <translation>Enregistrer sous…</translation>
    </message>
    <message>
        <source>Reading the database&apos;s tables</source>
        <translation>Lecture des tables de la base</translation>
    </message>
    <message>
        <source>Saving models</source>
        <translation>Enregistrement des modèles</translation>
    </message>
    <message>
        <source>Schema:</source>
        <translation>Schéma&#xa0;:</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copier</translation>
    </message>
    <message>
        <source>Python files (*.py)</source>
        <translation>Fichiers Python (*.py)</translation>
    </message>
    <message>
        <source>Save models</source>
        <translation>Enregistrer les modèles</translation>
    </message>
    <message>
        <source>Saved: {file}</source>
        <translation>Enregistré&#xa0;: {file}</translation>
    </message>
</context>
<context>
    <name>PushDialog</name>
    <message>
        <source>Push the models to the database</source>
        <translation>Pousser les modèles vers la base</translation>
    </message>
    <message>
        <source>Push…</source>
        <translation>Pousser…</translation>
    </message>
    <message>
        <source>Comparing the models with the database</source>
        <translation>Comparaison des modèles avec la base</translation>
    </message>
    <message>
        <source>Models and database agree</source>
        <translation>Modèles et base concordent</translation>
    </message>
    <message>
        <source>This SQL brings the database to the models, in one transaction. No file is written, so nobody else gets it: for trying things out only.</source>
        <translation>Ce SQL aligne la base sur les modèles, en une seule transaction. Aucun fichier n’est écrit, donc personne d’autre ne l’obtient&#xa0;: pour des essais seulement.</translation>
    </message>
    <message>
        <source>What is lost</source>
        <translation>Ce qui est perdu</translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more loss(es)</source>
        <translation>
            <numerusform>et %Ln autre perte</numerusform>
            <numerusform>et %Ln autres pertes</numerusform>
        </translation>
    </message>
    <message>
        <source>Push now?</source>
        <translation>Pousser maintenant&#xa0;?</translation>
    </message>
    <message numerus="yes">
        <source>%Ln statement(s) will be run.</source>
        <translation>
            <numerusform>%Ln instruction sera exécutée.</numerusform>
            <numerusform>%Ln instructions seront exécutées.</numerusform>
        </translation>
    </message>
    <message>
        <source>Push</source>
        <translation>Pousser</translation>
    </message>
    <message>
        <source>Pushing the models</source>
        <translation>Envoi des modèles</translation>
    </message>
    <message>
        <source>Pushed</source>
        <translation>Modèles poussés</translation>
    </message>
    <message>
        <source>The database is as the models say.</source>
        <translation>La base est conforme aux modèles.</translation>
    </message>
</context>
<context>
    <name>Questions</name>
    <message>
        <source>Unique values of the copies</source>
        <translation>Valeurs uniques des copies</translation>
    </message>
    <message>
        <source>Row</source>
        <translation>Ligne</translation>
    </message>
    <message>
        <source>Column</source>
        <translation>Colonne</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copier</translation>
    </message>
    <message>
        <source>Something still runs</source>
        <translation>Un travail est en cours</translation>
    </message>
    <message>
        <source>{work} is stopped. No half file and no half database is left.</source>
        <translation>{work}&#xa0;: arrêt. Il ne reste ni fichier ni base à moitié faits.</translation>
    </message>
    <message>
        <source>Stop it and leave</source>
        <translation>L’arrêter et quitter</translation>
    </message>
    <message>
        <source>Do you know where {file} is from?</source>
        <translation>Savez-vous d’où vient {file}&#xa0;?</translation>
    </message>
    <message>
        <source>Nexus Studio has not made it. What is in it runs on a scratch server of this machine.</source>
        <translation>Nexus Studio ne l’a pas créé. Son contenu s’exécute sur un serveur de travail de cette machine.</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Reprendre</translation>
    </message>
    <message>
        <source>A dump may hold code that reaches this machine&apos;s files and programs.</source>
        <translation>Un dump peut contenir du code qui atteint les fichiers et les programmes de cette machine.</translation>
    </message>
</context>
<context>
    <name>RangeEditor</name>
    <message>
        <source>Edit the ranges</source>
        <translation>Modifier les intervalles</translation>
    </message>
    <message>
        <source>Edit the bounds</source>
        <translation>Modifier les bornes</translation>
    </message>
    <message>
        <source>From</source>
        <translation>De</translation>
    </message>
    <message>
        <source>Lower bound</source>
        <translation>Borne inférieure</translation>
    </message>
    <message>
        <source>Upper bound</source>
        <translation>Borne supérieure</translation>
    </message>
    <message>
        <source>To</source>
        <translation>À</translation>
    </message>
    <message>
        <source>included</source>
        <translation>incluse</translation>
    </message>
    <message>
        <source>excluded</source>
        <translation>exclue</translation>
    </message>
    <message>
        <source>no bound</source>
        <translation>sans limite</translation>
    </message>
    <message>
        <source>Set empty range</source>
        <translation>Mettre l’intervalle vide</translation>
    </message>
</context>
<context>
    <name>RawPopup</name>
    <message>
        <source>SQL condition</source>
        <translation>Condition SQL</translation>
    </message>
    <message>
        <source>One expression, as after WHERE</source>
        <translation>Une expression, comme après WHERE</translation>
    </message>
    <message>
        <source>Ctrl+Space completes names, Ctrl+Enter applies</source>
        <translation>Ctrl+Espace complète, Ctrl+Entrée applique</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>Appliquer</translation>
    </message>
    <message>
        <source>Apply the SQL condition</source>
        <translation>Appliquer la condition SQL</translation>
    </message>
    <message>
        <source>Nothing is typed.</source>
        <translation>Rien n’est saisi.</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Vérification…</translation>
    </message>
    <message>
        <source>Line {line}, character {character}: {words}</source>
        <translation>Ligne {line}, caractère {character}&#xa0;: {words}</translation>
    </message>
</context>
<context>
    <name>RawText</name>
    <message>
        <source>Names that fit</source>
        <translation>Noms qui conviennent</translation>
    </message>
</context>
<context>
    <name>ReadEditor</name>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Échap</translation>
    </message>
    <message>
        <source>A search document is computed from texts, so it is only shown here: change those texts.</source>
        <translation>Un document de recherche est calculé à partir de textes, il n’est donc que montré ici&#xa0;: modifiez ces textes.</translation>
    </message>
</context>
<context>
    <name>ReadinessHeader</name>
    <message>
        <source>Looking whether the database is ready…</source>
        <translation>Vérification de l’état de préparation de la base…</translation>
    </message>
    <message>
        <source>Readiness</source>
        <translation>Préparation</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Arrêter</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Regarder à nouveau</translation>
    </message>
    <message>
        <source>Look again (F5)</source>
        <translation>Regarder à nouveau (F5)</translation>
    </message>
    <message>
        <source>Only what is to be done</source>
        <translation>Seulement ce qui reste à faire</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exporter</translation>
    </message>
    <message>
        <source>For a release ticket</source>
        <translation>Pour un ticket de livraison</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>Copier en Markdown</translation>
    </message>
    <message>
        <source>Save as Markdown…</source>
        <translation>Enregistrer en Markdown…</translation>
    </message>
    <message>
        <source>Save as HTML…</source>
        <translation>Enregistrer en HTML…</translation>
    </message>
    <message>
        <source>Something has changed since</source>
        <translation>Des changements ont eu lieu depuis</translation>
    </message>
</context>
<context>
    <name>ReadinessPanel</name>
    <message>
        <source>Looking at the checklist</source>
        <translation>Examen de la liste de contrôle</translation>
    </message>
    <message>
        <source>The report is in the clipboard</source>
        <translation>Le rapport est dans le presse-papiers</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>Enregistrer le rapport</translation>
    </message>
    <message>
        <source>{file} can&apos;t be written: {reason}</source>
        <translation>{file} ne peut pas être écrit&#xa0;: {reason}</translation>
    </message>
    <message>
        <source>Saved: {file}</source>
        <translation>Enregistré&#xa0;: {file}</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Regarder à nouveau</translation>
    </message>
    <message>
        <source>The command is in the clipboard</source>
        <translation>La commande est dans le presse-papiers</translation>
    </message>
</context>
<context>
    <name>ReadingForm</name>
    <message>
        <source>the primary key, or what the file has</source>
        <translation>la clé primaire, ou ce que le fichier contient</translation>
    </message>
    <message>
        <source>New rows only</source>
        <translation>Nouvelles lignes seulement</translation>
    </message>
    <message>
        <source>New rows, or changes of those with the key</source>
        <translation>Nouvelles lignes, ou modification de celles qui ont la clé</translation>
    </message>
    <message>
        <source>Changes of rows with the key only</source>
        <translation>Modification des lignes qui ont la clé seulement</translation>
    </message>
    <message>
        <source>found out</source>
        <translation>à détecter</translation>
    </message>
    <message>
        <source>comma  ,</source>
        <translation>virgule  ,</translation>
    </message>
    <message>
        <source>semicolon  ;</source>
        <translation>point-virgule &#xa0;;</translation>
    </message>
    <message>
        <source>tab</source>
        <translation>tabulation</translation>
    </message>
    <message>
        <source>bar  |</source>
        <translation>barre  |</translation>
    </message>
    <message>
        <source>{what} (found out)</source>
        <translation>{what} (détecté)</translation>
    </message>
    <message>
        <source>names first</source>
        <translation>noms d’abord</translation>
    </message>
    <message>
        <source>no names</source>
        <translation>pas de noms</translation>
    </message>
    <message>
        <source>year, month, day</source>
        <translation>année, mois, jour</translation>
    </message>
    <message>
        <source>day, month, year</source>
        <translation>jour, mois, année</translation>
    </message>
    <message>
        <source>month, day, year</source>
        <translation>mois, jour, année</translation>
    </message>
    <message>
        <source>A line is</source>
        <translation>Une ligne est</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Clé</translation>
    </message>
    <message>
        <source>Between cells</source>
        <translation>Entre les cellules</translation>
    </message>
    <message>
        <source>Header</source>
        <translation>En-tête</translation>
    </message>
    <message>
        <source>Encoding</source>
        <translation>Encodage</translation>
    </message>
    <message>
        <source>Dates</source>
        <translation>Dates</translation>
    </message>
    <message>
        <source>Sheet</source>
        <translation>Feuille</translation>
    </message>
    <message>
        <source>Pass over lines whose row is not there</source>
        <translation>Passer les lignes dont la cible n’existe pas</translation>
    </message>
</context>
<context>
    <name>ReasonField</name>
    <message>
        <source>Reason (required here)</source>
        <translation>Motif (exigé ici)</translation>
    </message>
    <message>
        <source>Reason, for the history</source>
        <translation>Motif, pour l’historique</translation>
    </message>
    <message>
        <source>Ticket</source>
        <translation>Ticket</translation>
    </message>
    <message>
        <source>Ticket this is for</source>
        <translation>Ticket concerné</translation>
    </message>
</context>
<context>
    <name>RecordForm</name>
    <message>
        <source>Key</source>
        <translation>Clé</translation>
    </message>
    <message>
        <source>Fields</source>
        <translation>Champs</translation>
    </message>
    <message>
        <source>No row selected</source>
        <translation>Aucune ligne sélectionnée</translation>
    </message>
    <message>
        <source>This column does not take NULL.</source>
        <translation>Cette colonne n’accepte pas NULL.</translation>
    </message>
    <message>
        <source>This column has no default.</source>
        <translation>Cette colonne n’a pas de valeur par défaut.</translation>
    </message>
    <message>
        <source>{some} of {all} fields</source>
        <translation>{some} champs sur {all}</translation>
    </message>
    <message>
        <source>{all} fields</source>
        <translation>{all} champs</translation>
    </message>
    <message>
        <source>Previous row (Ctrl+Up)</source>
        <translation>Ligne précédente (Ctrl+Haut)</translation>
    </message>
    <message>
        <source>Next row (Ctrl+Down)</source>
        <translation>Ligne suivante (Ctrl+Bas)</translation>
    </message>
    <message>
        <source>Group fields by their names</source>
        <translation>Grouper les champs par leurs noms</translation>
    </message>
    <message>
        <source>Duplicate with related rows…</source>
        <translation>Dupliquer avec les lignes liées…</translation>
    </message>
    <message>
        <source>Back to the rows (Esc)</source>
        <translation>Retour aux lignes (Échap)</translation>
    </message>
    <message>
        <source>Find a field</source>
        <translation>Chercher un champ</translation>
    </message>
    <message>
        <source>Fields shown</source>
        <translation>Champs affichés</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Tous</translation>
    </message>
    <message>
        <source>Filled</source>
        <translation>Remplis</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>Modifiée</translation>
    </message>
    <message>
        <source>Editable</source>
        <translation>Modifiables</translation>
    </message>
    <message>
        <source>Fields of the row</source>
        <translation>Champs de la ligne</translation>
    </message>
</context>
<context>
    <name>RecordPane</name>
    <message>
        <source>empty text</source>
        <translation>texte vide</translation>
    </message>
    <message>
        <source>No row selected</source>
        <translation>Aucune ligne sélectionnée</translation>
    </message>
    <message>
        <source>{table}  (through {pairs})</source>
        <translation>{table}  (par {pairs})</translation>
    </message>
    <message>
        <source>Fields of the row</source>
        <translation>Champs de la ligne</translation>
    </message>
    <message>
        <source>Related</source>
        <translation>Lignes liées</translation>
    </message>
</context>
<context>
    <name>ReferenceEditor</name>
    <message>
        <source>Rows found</source>
        <translation>Lignes trouvées</translation>
    </message>
    <message>
        <source>Type a value, or part of a name to find it</source>
        <translation>Saisissez une valeur, ou une partie d’un nom pour la trouver</translation>
    </message>
    <message>
        <source>Open the row in {table}</source>
        <translation>Ouvrir la ligne dans {table}</translation>
    </message>
    <message>
        <source>New row in {table}</source>
        <translation>Nouvelle ligne dans {table}</translation>
    </message>
</context>
<context>
    <name>RefusalsView</name>
    <message numerus="yes">
        <source>… and %Ln more: the saved list has them</source>
        <translation>
            <numerusform>… et %Ln autre&#xa0;: la liste enregistrée la contient</numerusform>
            <numerusform>… et %Ln autres&#xa0;: la liste enregistrée les contient</numerusform>
        </translation>
    </message>
    <message>
        <source>The list could not be written: {words}</source>
        <translation>La liste n’a pas pu être écrite&#xa0;: {words}</translation>
    </message>
    <message>
        <source>Lines that are refused</source>
        <translation>Lignes refusées</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>Ligne</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Colonnes</translation>
    </message>
    <message>
        <source>Refused because</source>
        <translation>Refusée parce que</translation>
    </message>
    <message>
        <source>Save the list…</source>
        <translation>Enregistrer la liste…</translation>
    </message>
    <message>
        <source>Save the list of refused lines as a file</source>
        <translation>Enregistrer la liste des lignes refusées dans un fichier</translation>
    </message>
    <message>
        <source>Save the list</source>
        <translation>Enregistrer la liste</translation>
    </message>
</context>
<context>
    <name>RelatedGrids</name>
    <message>
        <source>Related</source>
        <translation>Lignes liées</translation>
    </message>
    <message>
        <source>No foreign key leads here or away.</source>
        <translation>Aucune clé étrangère ne mène ici ni ailleurs.</translation>
    </message>
</context>
<context>
    <name>ReplaceDialog</name>
    <message>
        <source>Find and replace</source>
        <translation>Rechercher et remplacer</translation>
    </message>
    <message>
        <source>Match &amp;case</source>
        <translation>Respecter la &amp;casse</translation>
    </message>
    <message>
        <source>&amp;Whole cell</source>
        <translation>Cellule &amp;entière</translation>
    </message>
    <message>
        <source>Regular &amp;expression</source>
        <translation>E&amp;xpression régulière</translation>
    </message>
    <message>
        <source>&amp;Replace</source>
        <translation>&amp;Remplacer</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>Rechercher</translation>
    </message>
    <message>
        <source>Replace with</source>
        <translation>Remplacer par</translation>
    </message>
    <message>
        <source>As PostgreSQL reads them. \1 is what the first group found, \&amp; all of it.</source>
        <translation>Telles que PostgreSQL les lit. \1 est ce que le premier groupe a trouvé, \&amp; le tout.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Remplacer</translation>
    </message>
    <message>
        <source>&amp;Find:</source>
        <translation>Rec&amp;hercher&#xa0;:</translation>
    </message>
    <message>
        <source>Replace wi&amp;th:</source>
        <translation>Remplacer &amp;par&#xa0;:</translation>
    </message>
    <message>
        <source>What each cell becomes</source>
        <translation>Ce que devient chaque cellule</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Cells that change: {changed} of {all}.</source>
        <translation>Cellules modifiées&#xa0;: {changed} sur {all}.</translation>
    </message>
    <message>
        <source>{refused} would not fit their column and stay.</source>
        <translation>{refused} ne conviendraient pas à leur colonne et restent.</translation>
    </message>
</context>
<context>
    <name>ResetChoices</name>
    <message>
        <source>No seed</source>
        <translation>Aucun jeu de données</translation>
    </message>
    <message>
        <source>Schemas whose content goes</source>
        <translation>Schémas dont le contenu sera supprimé</translation>
    </message>
    <message>
        <source>Schemas to keep</source>
        <translation>Schémas à garder</translation>
    </message>
    <message>
        <source>Tables to empty</source>
        <translation>Tables à vider</translation>
    </message>
    <message>
        <source>Safety backup first</source>
        <translation>Sauvegarde de sécurité au préalable</translation>
    </message>
    <message>
        <source>Apply all migrations</source>
        <translation>Appliquer toutes les migrations</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Jeu de données</translation>
    </message>
    <message>
        <source>Seed to run</source>
        <translation>Jeu de données à exécuter</translation>
    </message>
    <message>
        <source>Keep extensions</source>
        <translation>Garder les extensions</translation>
    </message>
    <message>
        <source>Give owners and privileges again</source>
        <translation>Rétablir propriétaires et privilèges</translation>
    </message>
    <message>
        <source>Ledger of migrations</source>
        <translation>Registre des migrations</translation>
    </message>
    <message>
        <source>Who applied which migration, when, and how it ended</source>
        <translation>Qui a appliqué quelle migration, quand, et comment cela s’est terminé</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Choisir…</translation>
    </message>
    <message>
        <source>In the database: everybody sees it</source>
        <translation>Dans la base&#xa0;: tout le monde le voit</translation>
    </message>
    <message>
        <source>On this machine only</source>
        <translation>Sur cette machine seulement</translation>
    </message>
    <message>
        <source>Other connections</source>
        <translation>Autres connexions</translation>
    </message>
</context>
<context>
    <name>ResetPage</name>
    <message>
        <source>Reset</source>
        <translation>Réinitialisation</translation>
    </message>
    <message>
        <source>Choose what goes</source>
        <translation>Choisissez ce qui doit être supprimé</translation>
    </message>
    <message>
        <source>Counting what would be lost…</source>
        <translation>Décompte de ce qui serait perdu…</translation>
    </message>
    <message>
        <source>Go on with the reset that is not done, or give it up, first.</source>
        <translation>Reprenez ou abandonnez d’abord la réinitialisation inachevée.</translation>
    </message>
    <message>
        <source>Others are connected. Have them leave, or choose what is done about them.</source>
        <translation>D’autres sont connectés. Demandez-leur de se déconnecter, ou choisissez quoi faire de leurs connexions.</translation>
    </message>
    <message>
        <source>Choose where the ledger of migrations is kept.</source>
        <translation>Choisissez où est gardé le registre des migrations.</translation>
    </message>
    <message>
        <source>A reset that is not done</source>
        <translation>Réinitialisation inachevée</translation>
    </message>
    <message>
        <source>The old rows are gone.</source>
        <translation>Les anciennes lignes ont disparu.</translation>
    </message>
    <message>
        <source>Nothing was lost: the database is as it was. Going on begins anew, with a new backup.</source>
        <translation>Rien n’a été perdu&#xa0;: la base est restée telle quelle. La reprise recommence depuis le début, avec une nouvelle sauvegarde.</translation>
    </message>
    <message>
        <source>Whether the old rows are gone can&apos;t be told.</source>
        <translation>Impossible de savoir si les anciennes lignes ont disparu.</translation>
    </message>
    <message>
        <source>Done: {phases}</source>
        <translation>Effectué&#xa0;: {phases}</translation>
    </message>
    <message>
        <source>Left: {phases}</source>
        <translation>Reste à faire&#xa0;: {phases}</translation>
    </message>
    <message>
        <source>It stopped because: {words}</source>
        <translation>Cause de l’arrêt&#xa0;: {words}</translation>
    </message>
    <message>
        <source>Backup: {file}</source>
        <translation>Sauvegarde&#xa0;: {file}</translation>
    </message>
    <message>
        <source>Go on…</source>
        <translation>Reprendre…</translation>
    </message>
    <message>
        <source>Give up…</source>
        <translation>Abandonner…</translation>
    </message>
    <message>
        <source>This database is being reset just now</source>
        <translation>Cette base est en cours de réinitialisation</translation>
    </message>
    <message>
        <source>A reset is not done: it stopped before its first phase</source>
        <translation>Réinitialisation inachevée&#xa0;: elle s’est arrêtée avant sa première phase</translation>
    </message>
    <message>
        <source>A reset is not done: it stopped at “{phase}”</source>
        <translation>Réinitialisation inachevée&#xa0;: elle s’est arrêtée à la phase «&#xa0;{phase}&#xa0;»</translation>
    </message>
    <message>
        <source>Go on with the reset</source>
        <translation>Reprendre la réinitialisation</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Reprendre</translation>
    </message>
    <message>
        <source>Going on with a reset</source>
        <translation>Reprise d’une réinitialisation</translation>
    </message>
    <message>
        <source>Give the reset up</source>
        <translation>Abandonner la réinitialisation</translation>
    </message>
    <message>
        <source>Nothing is undone: the database stays as it is now. Only the note of the reset goes.</source>
        <translation>Rien n’est annulé&#xa0;: la base reste dans son état actuel. Seule la trace de la réinitialisation est effacée.</translation>
    </message>
    <message>
        <source>Give up</source>
        <translation>Abandonner</translation>
    </message>
    <message>
        <source>Giving a reset up</source>
        <translation>Abandon d’une réinitialisation</translation>
    </message>
    <message>
        <source>A safety backup is made first.</source>
        <translation>Une sauvegarde de sécurité est d’abord effectuée.</translation>
    </message>
    <message>
        <source>No backup is made.</source>
        <translation>Aucune sauvegarde n’est effectuée.</translation>
    </message>
    <message>
        <source>What others write meanwhile goes too.</source>
        <translation>Ce que d’autres écrivent entre-temps disparaît aussi.</translation>
    </message>
    <message>
        <source>Applied: {revisions}</source>
        <translation>Révisions appliquées&#xa0;: {revisions}</translation>
    </message>
    <message>
        <source>Rows of the seed: {rows}</source>
        <translation>Lignes du jeu de données&#xa0;: {rows}</translation>
    </message>
    <message>
        <source>Rows were there already, so that the seed was not run again.</source>
        <translation>Des lignes étaient déjà présentes&#xa0;: le jeu de données n’a pas été exécuté à nouveau.</translation>
    </message>
    <message>
        <source>These could not have their owner or privileges again: {names}</source>
        <translation>Propriétaire ou privilèges non rétablis pour&#xa0;: {names}</translation>
    </message>
    <message>
        <source>The database is new</source>
        <translation>La base est remise à neuf</translation>
    </message>
    <message>
        <source>The tables are empty</source>
        <translation>Les tables sont vides</translation>
    </message>
    <message>
        <source>These databases stay: {names}</source>
        <translation>Bases conservées&#xa0;: {names}</translation>
    </message>
    <message>
        <source>Migrations are recorded in the database (_nexus_migrations).</source>
        <translation>Les migrations sont consignées dans la base (_nexus_migrations).</translation>
    </message>
    <message>
        <source>Migrations are recorded on this machine only.</source>
        <translation>Les migrations sont consignées sur cette machine seulement.</translation>
    </message>
    <message>
        <source>Others wrote to these meanwhile, which is gone and in no backup: {names}</source>
        <translation>D’autres ont écrit entre-temps dans ces tables&#xa0;; ces lignes ont disparu et ne sont dans aucune sauvegarde&#xa0;: {names}</translation>
    </message>
    <message>
        <source>The reset is given up</source>
        <translation>La réinitialisation est abandonnée</translation>
    </message>
</context>
<context>
    <name>ResolvePage</name>
    <message>
        <source>Look again</source>
        <translation>Regarder à nouveau</translation>
    </message>
    <message>
        <source>Wait longer</source>
        <translation>Attendre plus longtemps</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Retour</translation>
    </message>
    <message>
        <source>Run this SQL</source>
        <translation>Exécuter ce SQL</translation>
    </message>
    <message>
        <source>Back to migrations</source>
        <translation>Retour aux migrations</translation>
    </message>
    <message>
        <source>Resolve {revision}</source>
        <translation>Résoudre {revision}</translation>
    </message>
    <message>
        <source>Reading the ledger</source>
        <translation>Lecture du registre</translation>
    </message>
    <message>
        <source>“{name}” is running</source>
        <translation>«&#xa0;{name}&#xa0;» est en cours</translation>
    </message>
    <message>
        <source>“{name}” was interrupted</source>
        <translation>«&#xa0;{name}&#xa0;» a été interrompue</translation>
    </message>
    <message>
        <source>“{name}” failed</source>
        <translation>«&#xa0;{name}&#xa0;» a échoué</translation>
    </message>
    <message>
        <source>The migration is not in a failed state.</source>
        <translation>La migration n’est pas en échec.</translation>
    </message>
    <message>
        <source>Neither the folder nor the ledger knows it.</source>
        <translation>Ni le dossier ni le registre ne la connaissent.</translation>
    </message>
    <message>
        <source>There is nothing to resolve</source>
        <translation>Il n’y a rien à résoudre</translation>
    </message>
    <message>
        <source>Looking what of it is in the database</source>
        <translation>Recherche de ce qui en est dans la base</translation>
    </message>
    <message numerus="yes">
        <source>Look again, and let a statement take %Ln second(s) there</source>
        <translation>
            <numerusform>Regarder de nouveau, en laissant %Ln seconde à une instruction</numerusform>
            <numerusform>Regarder de nouveau, en laissant %Ln secondes à une instruction</numerusform>
        </translation>
    </message>
    <message>
        <source>This SQL removes what is there of the revision. Then it runs from its beginning.</source>
        <translation>Ce SQL retire ce qui est présent de la révision. Elle est ensuite exécutée depuis le début.</translation>
    </message>
    <message>
        <source>This SQL is what is missing of the revision. Then it is recorded as applied.</source>
        <translation>Ce SQL est ce qui manque à la révision. Elle est ensuite consignée comme appliquée.</translation>
    </message>
    <message>
        <source>Run this SQL, then the revision</source>
        <translation>Exécuter ce SQL, puis la révision</translation>
    </message>
    <message>
        <source>Nobody looked what is in the database, so nobody can say what will be wrong.</source>
        <translation>Personne n’a regardé ce qui est dans la base&#xa0;; personne ne peut donc dire ce qui n’ira pas.</translation>
    </message>
    <message>
        <source>What was found speaks for “{way}”.</source>
        <translation>Le constat plaide pour «&#xa0;{way}&#xa0;».</translation>
    </message>
    <message>
        <source>Resolving {revision}</source>
        <translation>Résolution de {revision}</translation>
    </message>
    <message>
        <source>“{name}” is resolved</source>
        <translation>«&#xa0;{name}&#xa0;» est résolue</translation>
    </message>
    <message>
        <source>Resolved</source>
        <translation>Résolue</translation>
    </message>
    <message>
        <source>The ledger has the rows that Prisma itself would have left.</source>
        <translation>Le registre a les lignes que Prisma lui-même aurait laissées.</translation>
    </message>
    <message>
        <source>What was decided, by whom and when is in the ledger.</source>
        <translation>Ce qui a été décidé, par qui et quand, est dans le registre.</translation>
    </message>
    <message>
        <source>End the server process {pid}?</source>
        <translation>Arrêter le processus serveur {pid}&#xa0;?</translation>
    </message>
    <message>
        <source>Whoever follows this run will see it fail.</source>
        <translation>Quiconque suit cette exécution la verra échouer.</translation>
    </message>
    <message>
        <source>End it</source>
        <translation>Arrêter</translation>
    </message>
    <message>
        <source>What it did in a transaction is rolled back; what was committed stays.</source>
        <translation>Ce qu’il a fait dans une transaction est annulé&#xa0;; ce qui a été validé reste.</translation>
    </message>
    <message>
        <source>Ending a process</source>
        <translation>Arrêt d’un processus</translation>
    </message>
    <message>
        <source>Ending the server process {pid}</source>
        <translation>Arrêt du processus serveur {pid}</translation>
    </message>
</context>
<context>
    <name>RestoreDialog</name>
    <message>
        <source>Restore the version table</source>
        <translation>Restaurer la table des versions</translation>
    </message>
    <message>
        <source>Restore {file}</source>
        <translation>Restaurer {file}</translation>
    </message>
    <message>
        <source>Reading what the backup holds…</source>
        <translation>Lecture du contenu de la sauvegarde…</translation>
    </message>
    <message>
        <source>{database} is restored</source>
        <translation>{database} est restaurée</translation>
    </message>
    <message>
        <source>What was there before is kept as {name}. Look at the result, then dismiss the old one.</source>
        <translation>Ce qui était là avant est gardé sous le nom {name}. Regardez le résultat, puis congédiez l’ancienne base.</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Retour</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Suivant</translation>
    </message>
    <message>
        <source>Dismiss the old one…</source>
        <translation>Congédier l’ancienne…</translation>
    </message>
    <message>
        <source>Restore…</source>
        <translation>Restaurer…</translation>
    </message>
    <message>
        <source>You can close this: it goes on, and the panel shows how far it is.</source>
        <translation>Vous pouvez fermer&#xa0;: le travail continue, et le panneau montre où il en est.</translation>
    </message>
    <message>
        <source>This file is not restored.</source>
        <translation>Ce fichier n’est pas restauré.</translation>
    </message>
    <message>
        <source>{database} gets the state of {file}.</source>
        <translation>{database} prend l’état de {file}.</translation>
    </message>
    <message>
        <source>What is there now is kept under another name until you dismiss it.</source>
        <translation>Ce qui est là maintenant est gardé sous un autre nom jusqu’à ce que vous le congédiiez.</translation>
    </message>
    <message>
        <source>Nothing is saved in this window meanwhile.</source>
        <translation>Rien n’est enregistré dans cette fenêtre pendant ce temps.</translation>
    </message>
    <message>
        <source>The connections of others are ended.</source>
        <translation>Les connexions des autres sont coupées.</translation>
    </message>
    <message>
        <source>Only what is ticked is in the database afterwards.</source>
        <translation>Seul ce qui est coché sera ensuite dans la base.</translation>
    </message>
    <message>
        <source>A new database {database} is made.</source>
        <translation>Une nouvelle base {database} est créée.</translation>
    </message>
    <message>
        <source>{database} is filled; it is refused where anything is in it.</source>
        <translation>{database} est remplie&#xa0;; refus si quelque chose s’y trouve.</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Restaurer</translation>
    </message>
    <message>
        <source>Alembic&apos;s version table is empty or gone. By the ledger the database is at what stands below, and the version table will say so again. No migration runs, and nothing else is changed.</source>
        <translation>La table des versions d’Alembic est vide ou a disparu. D’après le registre, la base en est à ce qui suit&#xa0;; la table des versions le dira de nouveau. Aucune migration n’est exécutée, rien d’autre n’est modifié.</translation>
    </message>
    <message>
        <source>The database is at</source>
        <translation>La base en est à</translation>
    </message>
    <message>
        <source>Restore the version table?</source>
        <translation>Restaurer la table des versions&#xa0;?</translation>
    </message>
    <message>
        <source>The version table will say: {revisions}.</source>
        <translation>La table des versions dira&#xa0;: {revisions}.</translation>
    </message>
    <message>
        <source>Restoring the version table</source>
        <translation>Restauration de la table des versions</translation>
    </message>
    <message>
        <source>Writing the version table</source>
        <translation>Écriture de la table des versions</translation>
    </message>
    <message>
        <source>The version table says: {revisions}.</source>
        <translation>La table des versions dit&#xa0;: {revisions}.</translation>
    </message>
    <message>
        <source>Restored</source>
        <translation>Restaurée</translation>
    </message>
</context>
<context>
    <name>RestoreForm</name>
    <message>
        <source>All of it</source>
        <translation>Le tout</translation>
    </message>
    <message>
        <source>Chosen schemas and tables</source>
        <translation>Schémas et tables choisis</translation>
    </message>
    <message>
        <source>Owners</source>
        <translation>Propriétaires</translation>
    </message>
    <message>
        <source>Privileges (GRANT)</source>
        <translation>Privilèges (GRANT)</translation>
    </message>
    <message>
        <source>SQL text has no table of contents: it is restored as a whole.</source>
        <translation>Un texte SQL n’a pas de table des matières&#xa0;: il est restauré en entier.</translation>
    </message>
    <message>
        <source>Tick what is to be restored.</source>
        <translation>Cochez ce qui est à restaurer.</translation>
    </message>
    <message>
        <source>A part can&apos;t take the place of the whole: choose a new or an empty database.</source>
        <translation>Une partie ne peut pas remplacer le tout&#xa0;: choisissez une base nouvelle ou vide.</translation>
    </message>
    <message>
        <source>Give the database a name.</source>
        <translation>Donnez un nom à la base.</translation>
    </message>
    <message>
        <source>In place of {database}</source>
        <translation>À la place de {database}</translation>
    </message>
    <message>
        <source>It goes into a new database first. Only when that is whole the two change names; what is there now stays as {database}_before_restore_… until you dismiss it.</source>
        <translation>Elle va d’abord dans une nouvelle base. Ce n’est qu’une fois celle-ci entière que les deux échangent leurs noms&#xa0;; ce qui est là maintenant reste sous {database}_before_restore_… jusqu’à ce que vous le congédiiez.</translation>
    </message>
    <message>
        <source>Into a new database</source>
        <translation>Dans une nouvelle base</translation>
    </message>
    <message>
        <source>It stands beside this one, and nothing else is touched.</source>
        <translation>Elle se tient à côté de celle-ci, et rien d’autre n’est touché.</translation>
    </message>
    <message>
        <source>Into a database that is there and empty</source>
        <translation>Dans une base existante et vide</translation>
    </message>
    <message>
        <source>It is refused where anything is in it.</source>
        <translation>Refus si quelque chose s’y trouve.</translation>
    </message>
    <message>
        <source>Name of the database</source>
        <translation>Nom de la base</translation>
    </message>
    <message>
        <source>Other connections</source>
        <translation>Autres connexions</translation>
    </message>
    <message>
        <source>Refuse while others are connected</source>
        <translation>Refuser tant que d’autres sont connectés</translation>
    </message>
    <message>
        <source>End their connections</source>
        <translation>Couper leurs connexions</translation>
    </message>
    <message>
        <source>Jobs: tables that are restored at once</source>
        <translation>Tâches&#xa0;: tables restaurées en même temps</translation>
    </message>
    <message>
        <source>Restore also</source>
        <translation>Restaurer aussi</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>Tâches</translation>
    </message>
</context>
<context>
    <name>RevealDialog</name>
    <message>
        <source>Reveal a masked value</source>
        <translation>Révéler une valeur masquée</translation>
    </message>
    <message>
        <source>&amp;Reveal</source>
        <translation>&amp;Révéler</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Copier</translation>
    </message>
    <message>
        <source>{column} of {table} is masked in this connection. The history keeps that you looked, and why.</source>
        <translation>{column} de {table} est masqué dans cette connexion. L’historique garde que vous avez regardé, et pourquoi.</translation>
    </message>
    <message>
        <source>The value</source>
        <translation>La valeur</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Revealing a masked value</source>
        <translation>Révélation d’une valeur masquée</translation>
    </message>
</context>
<context>
    <name>ReviewDialog</name>
    <message>
        <source>Review changes of {relation}</source>
        <translation>Revoir les modifications de {relation}</translation>
    </message>
    <message>
        <source>Changes or SQL</source>
        <translation>Modifications ou SQL</translation>
    </message>
    <message>
        <source>Changes</source>
        <translation>Modifications</translation>
    </message>
    <message>
        <source>SQL</source>
        <translation>SQL</translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) will be written in one transaction, or none.</source>
        <translation>
            <numerusform>%Ln ligne sera écrite en une seule transaction, ou ne le sera pas.</numerusform>
            <numerusform>%Ln lignes seront écrites en une seule transaction, ou aucune.</numerusform>
        </translation>
    </message>
    <message>
        <source>Keep as seed…</source>
        <translation>Garder comme jeu de données…</translation>
    </message>
    <message>
        <source>Keep as seed</source>
        <translation>Garder comme jeu de données</translation>
    </message>
    <message>
        <source>Write these changes as a script of the project that any database can be given</source>
        <translation>Écrire ces modifications dans un script du projet, applicable à n’importe quelle base</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message numerus="yes">
        <source>Save %Ln row(s)</source>
        <translation>
            <numerusform>Enregistrer %Ln ligne</numerusform>
            <numerusform>Enregistrer %Ln lignes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Save %Ln row(s) to production</source>
        <translation>
            <numerusform>Enregistrer %Ln ligne en production</numerusform>
            <numerusform>Enregistrer %Ln lignes en production</numerusform>
        </translation>
    </message>
    <message>
        <source>Changes, row by row</source>
        <translation>Modifications, ligne par ligne</translation>
    </message>
    <message>
        <source>Row</source>
        <translation>Ligne</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Avant</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Après</translation>
    </message>
    <message>
        <source>New row {row}</source>
        <translation>Nouvelle ligne {row}</translation>
    </message>
    <message>
        <source>Change {row}</source>
        <translation>Modifier {row}</translation>
    </message>
    <message>
        <source>Delete {row}</source>
        <translation>Supprimer {row}</translation>
    </message>
    <message>
        <source>row at {place}</source>
        <translation>la ligne en {place}</translation>
    </message>
    <message>
        <source>SQL that will be run</source>
        <translation>SQL qui sera exécuté</translation>
    </message>
    <message>
        <source>Copy SQL</source>
        <translation>Copier le SQL</translation>
    </message>
</context>
<context>
    <name>RevisionDetails</name>
    <message>
        <source>SQL</source>
        <translation>SQL</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Fichier</translation>
    </message>
    <message>
        <source>Ledger</source>
        <translation>Registre</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Journal</translation>
    </message>
    <message>
        <source>About the migration</source>
        <translation>À propos de la migration</translation>
    </message>
    <message>
        <source>What was logged while it ran</source>
        <translation>Journal de son exécution</translation>
    </message>
    <message>
        <source>Choose a migration</source>
        <translation>Choisissez une migration</translation>
    </message>
    <message>
        <source>What it does and did is shown here.</source>
        <translation>Ce qu’elle fait et ce qu’elle a fait s’affiche ici.</translation>
    </message>
    <message>
        <source>after {revisions}</source>
        <translation>après {revisions}</translation>
    </message>
    <message>
        <source>depends on {revisions}</source>
        <translation>dépend de {revisions}</translation>
    </message>
    <message>
        <source>branch {labels}</source>
        <translation>branche {labels}</translation>
    </message>
    <message>
        <source>created {moment}</source>
        <translation>créée le {moment}</translation>
    </message>
    <message>
        <source>Nothing was logged.</source>
        <translation>Rien n’a été journalisé.</translation>
    </message>
</context>
<context>
    <name>RevisionList</name>
    <message>
        <source>Filter migrations</source>
        <translation>Filtrer les migrations</translation>
    </message>
    <message>
        <source>Show states</source>
        <translation>Afficher les états</translation>
    </message>
    <message>
        <source>Migrations, newest first</source>
        <translation>Migrations, les plus récentes d’abord</translation>
    </message>
    <message>
        <source>Files that can&apos;t be used</source>
        <translation>Fichiers inutilisables</translation>
    </message>
    <message>
        <source>Show file</source>
        <translation>Afficher le fichier</translation>
    </message>
    <message>
        <source>Show the file with the problem</source>
        <translation>Afficher le fichier en cause</translation>
    </message>
    <message>
        <source>No migration matches.</source>
        <translation>Aucune migration ne correspond.</translation>
    </message>
    <message>
        <source>All states</source>
        <translation>Tous les états</translation>
    </message>
    <message>
        <source>{state} ({number})</source>
        <translation>{state} ({number})</translation>
    </message>
    <message>
        <source>{place}: {words}</source>
        <translation>{place}&#xa0;: {words}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln problem(s) with the project&apos;s files; the rest works</source>
        <translation>
            <numerusform>%Ln problème dans les fichiers du projet&#xa0;; le reste fonctionne</numerusform>
            <numerusform>%Ln problèmes dans les fichiers du projet&#xa0;; le reste fonctionne</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln problem(s) with the project&apos;s files: nothing runs until mended</source>
        <translation>
            <numerusform>%Ln problème dans les fichiers du projet&#xa0;: rien ne s’exécute avant réparation</numerusform>
            <numerusform>%Ln problèmes dans les fichiers du projet&#xa0;: rien ne s’exécute avant réparation</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RowBoard</name>
    <message>
        <source>Rows of {relation}</source>
        <translation>Lignes de {relation}</translation>
    </message>
    <message>
        <source>Rows are not sorted by a masked column: their order would tell of its values.</source>
        <translation>On ne trie pas par une colonne masquée&#xa0;: l’ordre en dirait les valeurs.</translation>
    </message>
    <message>
        <source>Select all rows</source>
        <translation>Sélectionner toutes les lignes</translation>
    </message>
    <message>
        <source>This table has no columns.</source>
        <translation>Cette table n’a pas de colonnes.</translation>
    </message>
    <message>
        <source>Loading…</source>
        <translation>Chargement…</translation>
    </message>
    <message>
        <source>Nothing was read. F5 reads the rows.</source>
        <translation>Rien n’a été lu. F5 lit les lignes.</translation>
    </message>
    <message>
        <source>No rows yet.</source>
        <translation>Pas encore de lignes.</translation>
    </message>
    <message>
        <source>No row matches the filter.</source>
        <translation>Aucune ligne ne correspond au filtre.</translation>
    </message>
</context>
<context>
    <name>RowCountButton</name>
    <message>
        <source>{rows}, counting…</source>
        <translation>{rows}, décompte…</translation>
    </message>
    <message>
        <source>Number of rows</source>
        <translation>Nombre de lignes</translation>
    </message>
    <message>
        <source>Count exactly</source>
        <translation>Compter exactement</translation>
    </message>
    <message>
        <source>Stop counting</source>
        <translation>Arrêter le décompte</translation>
    </message>
    <message numerus="yes">
        <source>{number} row(s)</source>
        <translation>
            <numerusform>{number}&#xa0;ligne</numerusform>
            <numerusform>{number}&#xa0;lignes</numerusform>
        </translation>
    </message>
    <message>
        <source>row {number} of {count}</source>
        <translation>ligne {number} sur {count}</translation>
    </message>
</context>
<context>
    <name>RowGrid</name>
    <message>
        <source>Scroll through all rows</source>
        <translation>Faire défiler toutes les lignes</translation>
    </message>
    <message>
        <source>Scroll through the columns</source>
        <translation>Faire défiler les colonnes</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Colonnes</translation>
    </message>
    <message>
        <source>Row numbers</source>
        <translation>Numéros de ligne</translation>
    </message>
    <message>
        <source>This column does not take NULL.</source>
        <translation>Cette colonne n’accepte pas NULL.</translation>
    </message>
    <message>
        <source>This column has no default.</source>
        <translation>Cette colonne n’a pas de valeur par défaut.</translation>
    </message>
    <message>
        <source>At most {most} rows are changed at a time.</source>
        <translation>Au plus {most} lignes sont modifiées à la fois.</translation>
    </message>
    <message>
        <source>Reveal…</source>
        <translation>Révéler…</translation>
    </message>
    <message numerus="yes">
        <source>%Ln column(s) of {wanted} stay in place: there is no room for more.</source>
        <translation>
            <numerusform>%Ln colonne sur {wanted} reste figée&#xa0;: il n’y a pas la place pour plus.</numerusform>
            <numerusform>%Ln colonnes sur {wanted} restent figées&#xa0;: il n’y a pas la place pour plus.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RowLoader</name>
    <message>
        <source>Reading rows of {relation}</source>
        <translation>Lecture des lignes de {relation}</translation>
    </message>
</context>
<context>
    <name>RowNumbering</name>
    <message>
        <source>Counting rows of {relation}</source>
        <translation>Décompte des lignes de {relation}</translation>
    </message>
    <message>
        <source>Learning row numbers of {relation}</source>
        <translation>Repérage des numéros de ligne de {relation}</translation>
    </message>
</context>
<context>
    <name>RowReview</name>
    <message>
        <source>Delete rows in production</source>
        <translation>Supprimer des lignes en production</translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) of {table} will be deleted.</source>
        <translation>
            <numerusform>%Ln ligne de {table} sera supprimée.</numerusform>
            <numerusform>%Ln lignes de {table} seront supprimées.</numerusform>
        </translation>
    </message>
    <message>
        <source>Delete and save</source>
        <translation>Supprimer et enregistrer</translation>
    </message>
</context>
<context>
    <name>RowSaving</name>
    <message numerus="yes">
        <source>%Ln row(s) are staged. Look at them, then save.</source>
        <translation>
            <numerusform>%Ln ligne est en attente. Regardez-la, puis enregistrez.</numerusform>
            <numerusform>%Ln lignes sont en attente. Regardez-les, puis enregistrez.</numerusform>
        </translation>
    </message>
    <message>
        <source>{tables} are still being read: what belongs together is saved together.</source>
        <translation>{tables} sont encore en lecture&#xa0;: ce qui va ensemble s’enregistre ensemble.</translation>
    </message>
    <message>
        <source>What was asked about is not staged any more. Nothing was written.</source>
        <translation>Ce dont il était question n’est plus en attente. Rien n’a été écrit.</translation>
    </message>
    <message>
        <source>Saving {table}</source>
        <translation>Enregistrement de {table}</translation>
    </message>
    <message>
        <source>It is not known whether this row was saved: look whether it is there before you save again.</source>
        <translation>On ne sait pas si cette ligne a été enregistrée&#xa0;: regardez si elle est là avant d’enregistrer à nouveau.</translation>
    </message>
    <message>
        <source>Save without history?</source>
        <translation>Enregistrer sans historique&#xa0;?</translation>
    </message>
    <message>
        <source>Save without it</source>
        <translation>Enregistrer sans</translation>
    </message>
    <message>
        <source>This save could not be taken back then.</source>
        <translation>Cet enregistrement ne pourrait alors pas être annulé.</translation>
    </message>
    <message numerus="yes">
        <source>Saved %Ln row(s)</source>
        <translation>
            <numerusform>%Ln ligne enregistrée</numerusform>
            <numerusform>%Ln lignes enregistrées</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RowsModel</name>
    <message>
        <source>{then}  (now {now})</source>
        <translation>{then}  (maintenant {now})</translation>
    </message>
</context>
<context>
    <name>RowsTree</name>
    <message>
        <source>Rows, before and after</source>
        <translation>Lignes, avant et après</translation>
    </message>
    <message>
        <source>Row</source>
        <translation>Ligne</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Avant</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Après</translation>
    </message>
    <message>
        <source>row at {place}</source>
        <translation>ligne en {place}</translation>
    </message>
</context>
<context>
    <name>RowsView</name>
    <message>
        <source>Rows that differ</source>
        <translation>Lignes qui diffèrent</translation>
    </message>
</context>
<context>
    <name>RunFlow</name>
    <message>
        <source>Resolve…</source>
        <translation>Résoudre…</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Arrêt…</translation>
    </message>
    <message>
        <source>Nothing more was run.</source>
        <translation>Rien de plus n’a été exécuté.</translation>
    </message>
    <message>
        <source>Cancelled in {revision}, at its statement {number}; nothing after it was run</source>
        <translation>Annulé dans {revision}, à son instruction {number}&#xa0;; rien n’a été exécuté ensuite</translation>
    </message>
    <message>
        <source>{revision} failed at its statement {number}; nothing after it was run</source>
        <translation>{revision} a échoué à son instruction {number}&#xa0;; rien n’a été exécuté ensuite</translation>
    </message>
    <message>
        <source>{revision} failed; nothing after it was run</source>
        <translation>{revision} a échoué&#xa0;; rien n’a été exécuté ensuite</translation>
    </message>
    <message numerus="yes">
        <source>Cancelled: %Ln revision(s) done, the others were not begun</source>
        <translation>
            <numerusform>Annulé&#xa0;: %Ln révision faite, les autres n’ont pas été commencées</numerusform>
            <numerusform>Annulé&#xa0;: %Ln révisions faites, les autres n’ont pas été commencées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln revision(s) taken back in {time}</source>
        <translation>
            <numerusform>%Ln révision retirée en {time}</numerusform>
            <numerusform>%Ln révisions retirées en {time}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln revision(s) applied in {time}</source>
        <translation>
            <numerusform>%Ln révision appliquée en {time}</numerusform>
            <numerusform>%Ln révisions appliquées en {time}</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RunView</name>
    <message>
        <source>Revisions and how far they are</source>
        <translation>Révisions et leur avancement</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Révision</translation>
    </message>
    <message>
        <source>Statements</source>
        <translation>Instructions</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Durée</translation>
    </message>
    <message>
        <source>Statement that runs now</source>
        <translation>Instruction en cours</translation>
    </message>
    <message>
        <source>Beginning…</source>
        <translation>Démarrage…</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>non exécutée</translation>
    </message>
    <message numerus="yes">
        <source>%Ln statement(s) of {revision} were there already and left out: {numbers}</source>
        <translation>
            <numerusform>%Ln instruction de {revision} était déjà là et a été laissée de côté&#xa0;: {numbers}</numerusform>
            <numerusform>%Ln instructions de {revision} étaient déjà là et ont été laissées de côté&#xa0;: {numbers}</numerusform>
        </translation>
    </message>
    <message>
        <source>Statement that failed</source>
        <translation>Instruction qui a échoué</translation>
    </message>
    <message>
        <source>{done} of {total} revisions · {elapsed}</source>
        <translation>{done} révisions sur {total} · {elapsed}</translation>
    </message>
    <message>
        <source>Running now: statement {number}, for {time}</source>
        <translation>En cours&#xa0;: instruction {number}, depuis {time}</translation>
    </message>
    <message>
        <source>There already, left out: statement {number}</source>
        <translation>Déjà là, laissée de côté&#xa0;: instruction {number}</translation>
    </message>
    <message>
        <source>{number} of {total}</source>
        <translation>{number} sur {total}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln there already</source>
        <translation>
            <numerusform>%Ln déjà là</numerusform>
            <numerusform>%Ln déjà là</numerusform>
        </translation>
    </message>
    <message>
        <source>PostgreSQL&apos;s own words</source>
        <translation>Message de PostgreSQL</translation>
    </message>
</context>
<context>
    <name>SafetyDesk</name>
    <message>
        <source>nothing</source>
        <translation>aucun</translation>
    </message>
    <message>
        <source>Declare what it is for?</source>
        <translation>Déclarer l’usage de cette base&#xa0;?</translation>
    </message>
    <message>
        <source>The database will say of itself: {name}.</source>
        <translation>Usage que la base déclarera&#xa0;: {name}.</translation>
    </message>
    <message>
        <source>Declare</source>
        <translation>Déclarer</translation>
    </message>
    <message>
        <source>Whoever opens it as something else is stopped.</source>
        <translation>Toute ouverture sous un autre environnement sera refusée.</translation>
    </message>
    <message>
        <source>Declaring what the database is for</source>
        <translation>Déclaration de l’usage de la base</translation>
    </message>
    <message>
        <source>Is this really no production?</source>
        <translation>N’est-ce vraiment pas la production&#xa0;?</translation>
    </message>
    <message>
        <source>{place} is a server on the network, and nothing in its name speaks of development. This connection is marked “{environment}”: everything may be changed there, also emptied and reset.</source>
        <translation>{place} est un serveur du réseau, et rien dans son nom n’évoque le développement. Cette connexion est marquée «&#xa0;{environment}&#xa0;»&#xa0;: tout peut y être modifié, et même vidé ou réinitialisé.</translation>
    </message>
    <message>
        <source>It is {environment}</source>
        <translation>C’est bien «&#xa0;{environment}&#xa0;»</translation>
    </message>
    <message>
        <source>Open as production</source>
        <translation>Ouvrir en tant que production</translation>
    </message>
</context>
<context>
    <name>SafetyView</name>
    <message>
        <source>Findings, the heaviest first</source>
        <translation>Points relevés, les plus graves d’abord</translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>et %Ln autre</numerusform>
            <numerusform>et %Ln autres</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing dangerous was found</source>
        <translation>Rien de dangereux n’a été trouvé</translation>
    </message>
    <message>
        <source>Locks taken in the rehearsal</source>
        <translation>Verrous pris pendant la répétition</translation>
    </message>
    <message>
        <source>{relation}: {mode} for {duration}</source>
        <translation>{relation}&#xa0;: {mode} pendant {duration}</translation>
    </message>
</context>
<context>
    <name>SamplingDialog</name>
    <message>
        <source>Take away</source>
        <translation>Retirer</translation>
    </message>
    <message>
        <source>Set up</source>
        <translation>Mettre en place</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Samples while no window is open</source>
        <translation>Relevés sans fenêtre ouverte</translation>
    </message>
    <message>
        <source>The system&apos;s own scheduler can take a sample of all sizes every hour: names, bytes and rows, kept on this machine. It is told no password.</source>
        <translation>Le planificateur du système peut relever toutes les tailles chaque heure&#xa0;: noms, octets et lignes, conservés sur cette machine. Aucun mot de passe ne lui est confié.</translation>
    </message>
    <message>
        <source>What the scheduler is told</source>
        <translation>Ce qui est dit au planificateur</translation>
    </message>
    <message>
        <source>{scheduler} takes a sample of {name} every hour</source>
        <translation>{scheduler} fait un relevé de {name} chaque heure</translation>
    </message>
    <message>
        <source>Nobody takes samples of {name} yet: tell {scheduler} yourself</source>
        <translation>Personne ne fait encore de relevés de {name}&#xa0;: dites-le vous-même à {scheduler}</translation>
    </message>
    <message>
        <source>Nobody takes samples of {name} while no window is open</source>
        <translation>Personne ne fait de relevés de {name} quand aucune fenêtre n’est ouverte</translation>
    </message>
    <message>
        <source>The connection is not saved</source>
        <translation>La connexion n’est pas enregistrée</translation>
    </message>
    <message>
        <source>The scheduler calls a saved connection by its name: save this one first.</source>
        <translation>Le planificateur appelle une connexion enregistrée par son nom&#xa0;: enregistrez d’abord celle-ci.</translation>
    </message>
</context>
<context>
    <name>SaveNotes</name>
    <message numerus="yes">
        <source>%Ln row(s) of {table} can&apos;t be brought back from the history: this connection hides values of theirs.</source>
        <translation>
            <numerusform>%Ln ligne de {table} ne pourra pas être rétablie depuis l’historique&#xa0;: cette connexion en masque des valeurs.</numerusform>
            <numerusform>%Ln lignes de {table} ne pourront pas être rétablies depuis l’historique&#xa0;: cette connexion en masque des valeurs.</numerusform>
        </translation>
    </message>
    <message>
        <source>What triggers write to {table} stays when this save is taken back.</source>
        <translation>Ce que des déclencheurs écrivent dans {table} reste quand cet enregistrement est repris.</translation>
    </message>
</context>
<context>
    <name>SaveWatch</name>
    <message>
        <source>Saving waits: another session works on the same rows or table.</source>
        <translation>L’enregistrement attend&#xa0;: une autre session travaille sur les mêmes lignes ou la même table.</translation>
    </message>
    <message>
        <source>It gives up after a few seconds; then nothing is written, and all stays staged.</source>
        <translation>Il renonce après quelques secondes&#xa0;; alors rien n’est écrit, et tout reste en attente.</translation>
    </message>
</context>
<context>
    <name>SavedPopup</name>
    <message>
        <source>Saved filters</source>
        <translation>Filtres enregistrés</translation>
    </message>
    <message>
        <source>“{name}” can&apos;t be read. It may be of a newer program.</source>
        <translation>«&#xa0;{name}&#xa0;» ne peut pas être lu. Il vient peut-être d’un programme plus récent.</translation>
    </message>
    <message>
        <source>A name is missing.</source>
        <translation>Il manque un nom.</translation>
    </message>
    <message>
        <source>“{name}” exists already.</source>
        <translation>«&#xa0;{name}&#xa0;» existe déjà.</translation>
    </message>
    <message>
        <source>Filters saved for this table are listed here.</source>
        <translation>Les filtres enregistrés apparaissent ici.</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Renommer</translation>
    </message>
    <message>
        <source>New name</source>
        <translation>Nouveau nom</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Enregistrer</translation>
    </message>
    <message>
        <source>Save the filter as…</source>
        <translation>Enregistrer le filtre sous…</translation>
    </message>
    <message>
        <source>There is no filter to save now</source>
        <translation>Aucun filtre à enregistrer</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Remplacer</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Supprimer</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>Appliquer</translation>
    </message>
</context>
<context>
    <name>ScheduleDialog</name>
    <message>
        <source>Scheduled backups of {name}</source>
        <translation>Sauvegardes planifiées de {name}</translation>
    </message>
    <message>
        <source>Take away</source>
        <translation>Retirer</translation>
    </message>
    <message>
        <source>Set up</source>
        <translation>Mettre en place</translation>
    </message>
    <message>
        <source>What it is told, and which runs there were</source>
        <translation>Ce qui lui est dit, et les exécutions passées</translation>
    </message>
    <message>
        <source>What the scheduler is told</source>
        <translation>Ce qui est dit au planificateur</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Exécutions</translation>
    </message>
    <message>
        <source>Began</source>
        <translation>Début</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>Durée</translation>
    </message>
    <message>
        <source>Backup</source>
        <translation>Sauvegarde</translation>
    </message>
    <message>
        <source>What went wrong</source>
        <translation>Ce qui a échoué</translation>
    </message>
    <message>
        <source>What it is told</source>
        <translation>Ce qui lui est dit</translation>
    </message>
    <message>
        <source>Time of day</source>
        <translation>Heure</translation>
    </message>
    <message>
        <source>Prove each backup after it was made</source>
        <translation>Éprouver chaque sauvegarde après l’avoir faite</translation>
    </message>
    <message>
        <source>Copy to</source>
        <translation>Copier vers</translation>
    </message>
    <message>
        <source>empty: nowhere; else a folder, or a URL such as s3://bucket/folder</source>
        <translation>vide&#xa0;: nulle part&#xa0;; sinon un dossier, ou une URL comme s3://bucket/dossier</translation>
    </message>
    <message>
        <source>Scheduler</source>
        <translation>Planificateur</translation>
    </message>
    <message>
        <source>the one of this system</source>
        <translation>celui de ce système</translation>
    </message>
    <message>
        <source>At</source>
        <translation>À</translation>
    </message>
    <message>
        <source>On</source>
        <translation>Le</translation>
    </message>
    <message>
        <source>Delete old ones by the keep rules (days {days}, weeks {weeks}, months {months})</source>
        <translation>Supprimer les anciennes selon les règles (jours {days}, semaines {weeks}, mois {months})</translation>
    </message>
    <message>
        <source>Reading the schedule…</source>
        <translation>Lecture de la planification…</translation>
    </message>
    <message>
        <source>Set up anew</source>
        <translation>Remettre en place</translation>
    </message>
    <message>
        <source>No backup is scheduled for this connection</source>
        <translation>Aucune sauvegarde n’est planifiée pour cette connexion</translation>
    </message>
    <message>
        <source>Set up: {scheduler}</source>
        <translation>En place&#xa0;: {scheduler}</translation>
    </message>
    <message>
        <source>Written down here; you have to give it to the scheduler yourself</source>
        <translation>Notée ici&#xa0;; à vous de la donner au planificateur</translation>
    </message>
    <message>
        <source>Telling the scheduler…</source>
        <translation>Transmission au planificateur…</translation>
    </message>
</context>
<context>
    <name>SchemaTree</name>
    <message>
        <source>Filter tables</source>
        <translation>Filtrer les tables</translation>
    </message>
    <message>
        <source>Tables and views</source>
        <translation>Tables et vues</translation>
    </message>
    <message>
        <source>No table matches.</source>
        <translation>Aucune table ne correspond.</translation>
    </message>
    <message>
        <source>No tables yet.</source>
        <translation>Pas encore de table.</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Ouvrir</translation>
    </message>
    <message>
        <source>Open in a new tab</source>
        <translation>Ouvrir dans un nouvel onglet</translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation>Copier le nom</translation>
    </message>
    <message>
        <source>table</source>
        <translation>table</translation>
    </message>
    <message>
        <source>partitioned table</source>
        <translation>table partitionnée</translation>
    </message>
    <message>
        <source>view</source>
        <translation>vue</translation>
    </message>
    <message>
        <source>materialized view</source>
        <translation>vue matérialisée</translation>
    </message>
    <message>
        <source>foreign table</source>
        <translation>table distante</translation>
    </message>
    <message>
        <source>System tables</source>
        <translation>Tables système</translation>
    </message>
</context>
<context>
    <name>SearchField</name>
    <message>
        <source>Search text columns</source>
        <translation>Chercher un texte</translation>
    </message>
    <message>
        <source>Looks into all text columns, for {seconds} seconds at most. Escape clears.</source>
        <translation>Cherche dans toutes les colonnes de texte, pendant {seconds} secondes au plus. Échap efface.</translation>
    </message>
</context>
<context>
    <name>SeedDetails</name>
    <message>
        <source>S&amp;cale:</source>
        <translation>É&amp;chelle&#xa0;:</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>Échelle</translation>
    </message>
    <message>
        <source>How many times the history is laid down</source>
        <translation>Nombre de répétitions de l’historique</translation>
    </message>
    <message>
        <source>&amp;Dry run</source>
        <translation>&amp;Essai à blanc</translation>
    </message>
    <message>
        <source>Dry run</source>
        <translation>Essai à blanc</translation>
    </message>
    <message>
        <source>R&amp;un</source>
        <translation>E&amp;xécuter</translation>
    </message>
    <message>
        <source>Run the seed</source>
        <translation>Exécuter le jeu de données</translation>
    </message>
    <message>
        <source>&amp;Open file</source>
        <translation>&amp;Ouvrir le fichier</translation>
    </message>
    <message>
        <source>Open the seed&apos;s file</source>
        <translation>Ouvrir le fichier du jeu de données</translation>
    </message>
    <message>
        <source>{reason}

{place}</source>
        <translation>{reason}

{place}</translation>
    </message>
    <message>
        <source>Not on offer</source>
        <translation>Indisponible</translation>
    </message>
    <message>
        <source>Choose a seed</source>
        <translation>Choisissez un jeu de données</translation>
    </message>
    <message>
        <source>What it is and does is shown here.</source>
        <translation>Ce qu’il est et ce qu’il fait s’affiche ici.</translation>
    </message>
    <message>
        <source>Put its rows into the database, in one transaction</source>
        <translation>Insérer ses lignes dans la base, en une seule transaction</translation>
    </message>
    <message>
        <source>Say what it would add, and take all of it back</source>
        <translation>Indiquer ce qu’il ajouterait, puis tout annuler</translation>
    </message>
</context>
<context>
    <name>SeedList</name>
    <message>
        <source>not on offer</source>
        <translation>indisponible</translation>
    </message>
    <message>
        <source>Seeds</source>
        <translation>Jeux de données</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Jeu de données</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Type</translation>
    </message>
</context>
<context>
    <name>SeedResetPanel</name>
    <message>
        <source>Seed and reset</source>
        <translation>Jeux de données et réinitialisation</translation>
    </message>
</context>
<context>
    <name>SeedResult</name>
    <message>
        <source>Beginning…</source>
        <translation>Démarrage…</translation>
    </message>
    <message>
        <source>Stopped: nothing of it was kept</source>
        <translation>Arrêté&#xa0;: rien n’a été conservé</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Arrêter</translation>
    </message>
    <message>
        <source>Stop the seed</source>
        <translation>Arrêter le jeu de données</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Table</translation>
    </message>
    <message>
        <source>Added</source>
        <translation>Ajoutées</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>Modifiées</translation>
    </message>
    <message>
        <source>Deleted</source>
        <translation>Supprimées</translation>
    </message>
    <message>
        <source>Rows by table</source>
        <translation>Lignes par table</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Journal</translation>
    </message>
    <message>
        <source>Log of the seed</source>
        <translation>Journal du jeu de données</translation>
    </message>
    <message>
        <source>How far the seed is</source>
        <translation>Avancement du jeu de données</translation>
    </message>
    <message>
        <source>Not tried yet</source>
        <translation>Pas encore essayé</translation>
    </message>
    <message>
        <source>A dry run puts the rows in, counts them by table, and takes all of it back.</source>
        <translation>Un essai à blanc insère les lignes, les compte par table, puis annule le tout.</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Arrêt…</translation>
    </message>
</context>
<context>
    <name>SeedsPage</name>
    <message>
        <source>Seeds</source>
        <translation>Jeux de données</translation>
    </message>
    <message>
        <source>A seed is a script, a folder of .csv files or a Python function in {folder}.</source>
        <translation>Dans {folder}, un jeu de données est un script, un dossier de fichiers .csv ou une fonction Python.</translation>
    </message>
    <message>
        <source>There are no seeds yet</source>
        <translation>Il n’y a pas encore de jeux de données</translation>
    </message>
    <message>
        <source>Choose another project…</source>
        <translation>Choisir un autre projet…</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
    <message>
        <source>Trying the seed {name}</source>
        <translation>Essai à blanc du jeu de données {name}</translation>
    </message>
    <message>
        <source>Running the seed {name}</source>
        <translation>Exécution du jeu de données {name}</translation>
    </message>
</context>
<context>
    <name>SelectionStatus</name>
    <message>
        <source>Add up on the server, without staged changes</source>
        <translation>Additionner sur le serveur, sans les modifications en attente</translation>
    </message>
    <message>
        <source>Add up the selected cells</source>
        <translation>Additionner les cellules sélectionnées</translation>
    </message>
    <message>
        <source>all {rows} rows selected</source>
        <translation>toutes les lignes ({rows})</translation>
    </message>
    <message>
        <source>columns of all {rows} rows selected</source>
        <translation>colonnes entières ({rows} lignes)</translation>
    </message>
    <message numerus="yes">
        <source>{number} cell(s) selected</source>
        <translation>
            <numerusform>{number}&#xa0;cellule sélectionnée</numerusform>
            <numerusform>{number}&#xa0;cellules sélectionnées</numerusform>
        </translation>
    </message>
    <message>
        <source>count {number}</source>
        <translation>nb {number}</translation>
    </message>
    <message>
        <source>sum {number}</source>
        <translation>somme {number}</translation>
    </message>
    <message>
        <source>average {number}</source>
        <translation>moy. {number}</translation>
    </message>
    <message>
        <source>min {number}</source>
        <translation>min. {number}</translation>
    </message>
    <message>
        <source>max {number}</source>
        <translation>max. {number}</translation>
    </message>
    <message>
        <source>first {date}</source>
        <translation>au plus tôt {date}</translation>
    </message>
    <message>
        <source>last {date}</source>
        <translation>au plus tard {date}</translation>
    </message>
</context>
<context>
    <name>ServerDialog</name>
    <message>
        <source>Server and .env</source>
        <translation>Serveur et .env</translation>
    </message>
    <message>
        <source>Another folder…</source>
        <translation>Autre dossier…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>Vérification…</translation>
    </message>
    <message>
        <source>Discard what you typed?</source>
        <translation>Abandonner votre saisie&#xa0;?</translation>
    </message>
    <message>
        <source>Changes of .env are not saved yet.</source>
        <translation>Les modifications de .env ne sont pas encore enregistrées.</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Abandonner</translation>
    </message>
    <message>
        <source>No project folder: choose one</source>
        <translation>Aucun dossier de projet&#xa0;: choisissez-en un</translation>
    </message>
    <message>
        <source>Folder of the project</source>
        <translation>Dossier du projet</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Serveur</translation>
    </message>
    <message>
        <source>.env</source>
        <translation>.env</translation>
    </message>
</context>
<context>
    <name>ServerPage</name>
    <message>
        <source>Starting the database server</source>
        <translation>Démarrage du serveur de base de données</translation>
    </message>
    <message>
        <source>Whoever works with it loses the connection. Its data stay.</source>
        <translation>Toutes les connexions en cours seront perdues. Les données du serveur restent intactes.</translation>
    </message>
    <message>
        <source>Other programs work with it, and lose their connections. Its data stay.</source>
        <translation>D’autres programmes l’utilisent et perdront leurs connexions. Les données du serveur restent intactes.</translation>
    </message>
    <message>
        <source>Stop the database server?</source>
        <translation>Arrêter le serveur de base de données&#xa0;?</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Arrêter</translation>
    </message>
    <message>
        <source>Stopping the database server</source>
        <translation>Arrêt du serveur de base de données</translation>
    </message>
    <message>
        <source>Not allowed while you are connected to production</source>
        <translation>Interdit pendant une connexion à la production</translation>
    </message>
    <message>
        <source>Its state can&apos;t be told</source>
        <translation>État impossible à déterminer</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>Vérification…</translation>
    </message>
    <message>
        <source>Docker compose service “{name}”</source>
        <translation>Service Docker compose «&#xa0;{name}&#xa0;»</translation>
    </message>
    <message>
        <source>Embedded server</source>
        <translation>Serveur embarqué</translation>
    </message>
    <message>
        <source>Listens at {place}</source>
        <translation>Écoute sur {place}</translation>
    </message>
    <message>
        <source>Will listen at {place}</source>
        <translation>Écoutera sur {place}</translation>
    </message>
    <message>
        <source>Docker says: {words}</source>
        <translation>Docker indique&#xa0;: {words}</translation>
    </message>
    <message>
        <source>The compose file has no health check for it.</source>
        <translation>Le fichier compose ne prévoit pas de contrôle d’état (healthcheck) pour ce service.</translation>
    </message>
    <message>
        <source>It ended with code {code}.</source>
        <translation>Il s’est terminé avec le code {code}.</translation>
    </message>
    <message numerus="yes">
        <source>Used by %Ln program(s) now</source>
        <translation>
            <numerusform>Utilisé actuellement par %Ln programme</numerusform>
            <numerusform>Utilisé actuellement par %Ln programmes</numerusform>
        </translation>
    </message>
    <message>
        <source>It runs on when all of them have left.</source>
        <translation>Il continuera de tourner quand tous l’auront quitté.</translation>
    </message>
    <message>
        <source>The project has a compose service, but docker is not installed.</source>
        <translation>Le projet a un service compose, mais docker n’est pas installé.</translation>
    </message>
    <message>
        <source>The project has a compose service, but docker&apos;s compose plugin is not installed.</source>
        <translation>Le projet a un service compose, mais l’extension compose de docker n’est pas installée.</translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation>Utiliser le port {port}</translation>
    </message>
    <message>
        <source>Writes {variable} to .env, and starts</source>
        <translation>Écrit {variable} dans .env, puis démarre le serveur</translation>
    </message>
    <message>
        <source>Which server</source>
        <translation>Serveur à utiliser</translation>
    </message>
    <message>
        <source>The project&apos;s own: docker compose, else embedded</source>
        <translation>Celui du projet&#xa0;: docker compose, sinon embarqué</translation>
    </message>
    <message>
        <source>Docker compose</source>
        <translation>Docker compose</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Démarrer</translation>
    </message>
    <message>
        <source>Stop…</source>
        <translation>Arrêter…</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Se connecter</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Avancement</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Use another port</source>
        <translation>Utiliser un autre port</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Réessayer</translation>
    </message>
</context>
<context>
    <name>SessionDetails</name>
    <message>
        <source>It runs nothing just now.</source>
        <translation>Elle n’exécute rien en ce moment.</translation>
    </message>
    <message>
        <source>The session&apos;s statement</source>
        <translation>L’instruction de la session</translation>
    </message>
    <message>
        <source>Cancel its statement…</source>
        <translation>Annuler son instruction…</translation>
    </message>
    <message>
        <source>End the session…</source>
        <translation>Mettre fin à la session…</translation>
    </message>
    <message>
        <source>Choose a session to see its statement.</source>
        <translation>Choisissez une session pour voir son instruction.</translation>
    </message>
    <message>
        <source>connected for {time}</source>
        <translation>connectée depuis {time}</translation>
    </message>
</context>
<context>
    <name>SessionList</name>
    <message>
        <source>Sessions</source>
        <translation>Sessions</translation>
    </message>
</context>
<context>
    <name>SetDetails</name>
    <message>
        <source>Revert…</source>
        <translation>Annuler l’enregistrement…</translation>
    </message>
    <message>
        <source>Open table</source>
        <translation>Ouvrir la table</translation>
    </message>
    <message>
        <source>Copy SQL</source>
        <translation>Copier le SQL</translation>
    </message>
    <message>
        <source>SQL that would take it back</source>
        <translation>SQL qui l’annulerait</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Lignes</translation>
    </message>
    <message>
        <source>SQL of the way back</source>
        <translation>SQL du retour</translation>
    </message>
    <message>
        <source>Rows or SQL</source>
        <translation>Lignes ou SQL</translation>
    </message>
    <message>
        <source>About the save</source>
        <translation>À propos de l’enregistrement</translation>
    </message>
    <message>
        <source>Saved without a reason</source>
        <translation>Enregistré sans motif</translation>
    </message>
    <message>
        <source>Stage what takes it back, to be looked at and saved like any other edits</source>
        <translation>Mettre en attente ce qui l’annule, à regarder et enregistrer comme toute modification</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Quand</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Qui</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Où</translation>
    </message>
    <message>
        <source>Others</source>
        <translation>Autres</translation>
    </message>
    <message>
        <source>-- The connection masks values: the SQL is not shown.</source>
        <translation>-- La connexion masque les valeurs&#xa0;: le SQL n’est pas montré.</translation>
    </message>
    <message>
        <source>Not all of it can be taken back:</source>
        <translation>Tout ne peut pas être annulé&#xa0;:</translation>
    </message>
    <message>
        <source>What triggers wrote is not kept, and stays ({names}).</source>
        <translation>Ce que des déclencheurs ont écrit n’est pas conservé, et reste ({names}).</translation>
    </message>
</context>
<context>
    <name>SetList</name>
    <message>
        <source>Saved changes</source>
        <translation>Modifications enregistrées</translation>
    </message>
</context>
<context>
    <name>SetModel</name>
    <message>
        <source>When</source>
        <translation>Quand</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Qui</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Lignes</translation>
    </message>
    <message>
        <source>Tables</source>
        <translation>Tables</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Motif</translation>
    </message>
    <message>
        <source>Database</source>
        <translation>Base</translation>
    </message>
</context>
<context>
    <name>ShareDialog</name>
    <message>
        <source>Share the history with the team</source>
        <translation>Partager l’historique avec l’équipe</translation>
    </message>
    <message>
        <source>Make the table…</source>
        <translation>Créer la table…</translation>
    </message>
    <message>
        <source>A table {table} is made in the database. From then on every save of everybody who may write to it is kept there as well, in the save&apos;s own transaction, with what the rows were before: whoever may read the table sees those values.</source>
        <translation>Une table {table} est créée dans la base. Dès lors, chaque enregistrement de quiconque peut y écrire y est aussi gardé, dans sa propre transaction, avec l’état antérieur des lignes&#xa0;: qui peut lire la table voit ces valeurs.</translation>
    </message>
    <message>
        <source>Roles</source>
        <translation>Rôles</translation>
    </message>
    <message>
        <source>separated by commas; empty: its owner alone</source>
        <translation>séparés par des virgules&#xa0;; vide&#xa0;: son seul propriétaire</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>This role may make no table in that schema.</source>
        <translation>Ce rôle ne peut pas créer de table dans ce schéma.</translation>
    </message>
    <message>
        <source>Make the table {table}</source>
        <translation>Créer la table {table}</translation>
    </message>
    <message>
        <source>Saves are kept in the database too from now on.</source>
        <translation>Les enregistrements sont désormais gardés aussi dans la base.</translation>
    </message>
    <message>
        <source>Make the table</source>
        <translation>Créer la table</translation>
    </message>
    <message>
        <source>Making the table of the shared history</source>
        <translation>Création de la table de l’historique partagé</translation>
    </message>
</context>
<context>
    <name>ShelvesPage</name>
    <message>
        <source>Shelves</source>
        <translation>Étagères</translation>
    </message>
    <message>
        <source>Name of the state, such as “before the import”</source>
        <translation>Nom de l’état, par exemple «&#xa0;avant l’import&#xa0;»</translation>
    </message>
    <message>
        <source>Name of the state</source>
        <translation>Nom de l’état</translation>
    </message>
    <message>
        <source>Keep on a shelf</source>
        <translation>Ranger sur une étagère</translation>
    </message>
    <message>
        <source>Keep the database&apos;s state on a shelf</source>
        <translation>Ranger l’état de la base sur une étagère</translation>
    </message>
    <message>
        <source>Other connections</source>
        <translation>Autres connexions</translation>
    </message>
    <message>
        <source>Keep what is there now as</source>
        <translation>Garder l’état actuel sous le nom</translation>
    </message>
    <message>
        <source>empty: it is gone</source>
        <translation>vide&#xa0;: il sera perdu</translation>
    </message>
    <message>
        <source>Put back</source>
        <translation>Remettre en place</translation>
    </message>
    <message>
        <source>Put the chosen state back</source>
        <translation>Remettre en place l’état choisi</translation>
    </message>
    <message>
        <source>Drop</source>
        <translation>Supprimer</translation>
    </message>
    <message>
        <source>Drop the chosen state</source>
        <translation>Supprimer l’état choisi</translation>
    </message>
    <message>
        <source>States of the database</source>
        <translation>États de la base</translation>
    </message>
    <message>
        <source>Nothing is on a shelf</source>
        <translation>Les étagères sont vides</translation>
    </message>
    <message>
        <source>Keep the database&apos;s state under a name, and put it back within seconds, as often as you like.</source>
        <translation>Gardez l’état de la base sous un nom et remettez-le en place en quelques secondes, aussi souvent que vous le souhaitez.</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nom</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>Âge</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Taille</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Révision</translation>
    </message>
    <message>
        <source>Kept as</source>
        <translation>Forme</translation>
    </message>
    <message>
        <source>There is a shelf of that name already</source>
        <translation>Il existe déjà une étagère de ce nom</translation>
    </message>
    <message>
        <source>Keep “{name}” on a shelf</source>
        <translation>Ranger «&#xa0;{name}&#xa0;» sur une étagère</translation>
    </message>
    <message>
        <source>Put “{name}” back</source>
        <translation>Remettre «&#xa0;{name}&#xa0;» en place</translation>
    </message>
    <message>
        <source>What is in the database now is kept as “{name}”.</source>
        <translation>Le contenu actuel de la base est gardé sous le nom «&#xa0;{name}&#xa0;».</translation>
    </message>
    <message>
        <source>The database gets the state of “{name}”.</source>
        <translation>La base de données reprend l’état «&#xa0;{name}&#xa0;».</translation>
    </message>
    <message>
        <source>Drop “{name}”</source>
        <translation>Supprimer «&#xa0;{name}&#xa0;»</translation>
    </message>
    <message>
        <source>“{name}” is on its shelf</source>
        <translation>«&#xa0;{name}&#xa0;» est sur son étagère</translation>
    </message>
    <message>
        <source>“{name}” is put back</source>
        <translation>«&#xa0;{name}&#xa0;» est remis en place</translation>
    </message>
    <message>
        <source>“{name}” is dropped</source>
        <translation>«&#xa0;{name}&#xa0;» est supprimé</translation>
    </message>
    <message>
        <source>The connections of others are ended.</source>
        <translation>Les autres connexions sont fermées.</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Ranger</translation>
    </message>
    <message>
        <source>What is in the database now is gone for good.</source>
        <translation>L’état actuel de la base est définitivement perdu.</translation>
    </message>
    <message>
        <source>The kept state is gone for good. The database itself is not touched.</source>
        <translation>L’état gardé est définitivement perdu. La base elle-même n’est pas touchée.</translation>
    </message>
</context>
<context>
    <name>SizeList</name>
    <message>
        <source>Sizes of tables and indexes</source>
        <translation>Tailles des tables et des index</translation>
    </message>
</context>
<context>
    <name>SizeMap</name>
    <message>
        <source>Map</source>
        <translation>Carte</translation>
    </message>
    <message>
        <source>Show sizes as a map</source>
        <translation>Montrer les tailles en carte</translation>
    </message>
    <message>
        <source>Bars</source>
        <translation>Barres</translation>
    </message>
    <message>
        <source>Show sizes as bars</source>
        <translation>Montrer les tailles en barres</translation>
    </message>
</context>
<context>
    <name>SizesHeader</name>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
    <message>
        <source>Export as CSV…</source>
        <translation>Exporter en CSV…</translation>
    </message>
    <message>
        <source>Export as JSON…</source>
        <translation>Exporter en JSON…</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Plus</translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation>Mesure…</translation>
    </message>
    <message>
        <source>{database}: {size}</source>
        <translation>{database}&#xa0;: {size}</translation>
    </message>
    <message>
        <source>{size} in a week</source>
        <translation>{size} en une semaine</translation>
    </message>
    <message>
        <source>about {size} of it hold nothing</source>
        <translation>dont environ {size} de vide</translation>
    </message>
    <message>
        <source>scans counted since {moment}</source>
        <translation>lectures comptées depuis {moment}</translation>
    </message>
    <message>
        <source>all tables</source>
        <translation>toutes les tables</translation>
    </message>
    <message>
        <source>{job} on {tables}</source>
        <translation>{job} sur {tables}</translation>
    </message>
    <message>
        <source>Maintain</source>
        <translation>Entretenir</translation>
    </message>
    <message>
        <source>Maintain {tables}</source>
        <translation>Entretenir {tables}</translation>
    </message>
</context>
<context>
    <name>SizesPage</name>
    <message>
        <source>Sizes</source>
        <translation>Tailles</translation>
    </message>
    <message>
        <source>Filter tables and indexes</source>
        <translation>Filtrer les tables et les index</translation>
    </message>
    <message>
        <source>Save the sizes</source>
        <translation>Enregistrer les tailles</translation>
    </message>
    <message>
        <source>{file} can&apos;t be written: {reason}</source>
        <translation>Impossible d’écrire {file}&#xa0;: {reason}</translation>
    </message>
    <message>
        <source>Saved: {file}</source>
        <translation>Enregistré&#xa0;: {file}</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
    <message>
        <source>This is a standby: it counts its own scans, and knows of no VACUUM.</source>
        <translation>C’est un serveur secondaire&#xa0;: il compte ses propres lectures et ne connaît pas de VACUUM.</translation>
    </message>
    <message>
        <source>Citus&apos; nodes did not answer: {names} are shown as big as here.</source>
        <translation>Les nœuds de Citus n’ont pas répondu&#xa0;: {names} ont la taille d’ici.</translation>
    </message>
    <message>
        <source>A pooler stands between: jobs work, but their progress can&apos;t be seen.</source>
        <translation>Un pooler est entre les deux&#xa0;: les travaux marchent, mais on ne voit pas où ils en sont.</translation>
    </message>
    <message>
        <source>A job is at work already.</source>
        <translation>Un travail est déjà en cours.</translation>
    </message>
</context>
<context>
    <name>SizesPanel</name>
    <message>
        <source>A job is still at work</source>
        <translation>Un travail est encore en cours</translation>
    </message>
    <message>
        <source>{work} is stopped. What it has done on tables stays done; nothing is left half done.</source>
        <translation>{work} est arrêté. Ce qui est fait sur des tables le reste&#xa0;; rien ne reste à moitié fait.</translation>
    </message>
    <message>
        <source>Stop it and leave</source>
        <translation>L’arrêter et quitter</translation>
    </message>
    <message>
        <source>Sizes &amp; health</source>
        <translation>Place &amp; santé</translation>
    </message>
    <message>
        <source>Done: {what}</source>
        <translation>Fait&#xa0;: {what}</translation>
    </message>
    <message>
        <source>Sizes and health</source>
        <translation>Place et santé</translation>
    </message>
</context>
<context>
    <name>SlowList</name>
    <message>
        <source>Slow queries</source>
        <translation>Requêtes lentes</translation>
    </message>
</context>
<context>
    <name>SlowPage</name>
    <message>
        <source>Slow queries</source>
        <translation>Requêtes lentes</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>On regarde…</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Regarder de nouveau</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copier</translation>
    </message>
    <message>
        <source>Copy the statement</source>
        <translation>Copier l’instruction</translation>
    </message>
    <message>
        <source>The statement, without values</source>
        <translation>L’instruction, sans valeurs</translation>
    </message>
    <message>
        <source>How to have queries counted</source>
        <translation>Comment faire compter les requêtes</translation>
    </message>
    <message>
        <source>Open in EXPLAIN</source>
        <translation>Ouvrir dans EXPLAIN</translation>
    </message>
    <message>
        <source>The texts of {number} are of roles whose queries yours may not see: pg_monitor would.</source>
        <translation>Les textes de {number} sont de rôles dont le vôtre ne peut pas voir les requêtes&#xa0;: pg_monitor le pourrait.</translation>
    </message>
    <message>
        <source>Rare ones were dropped {number} times for lack of room (pg_stat_statements.max).</source>
        <translation>Des requêtes rares ont été écartées {number} fois faute de place (pg_stat_statements.max).</translation>
    </message>
    <message>
        <source>counted since {moment}</source>
        <translation>comptées depuis {moment}</translation>
    </message>
    <message>
        <source>counted since the last reset</source>
        <translation>comptées depuis la dernière remise à zéro</translation>
    </message>
    <message>
        <source>values are left out</source>
        <translation>sans les valeurs</translation>
    </message>
    <message>
        <source>The statement is in the clipboard</source>
        <translation>L’instruction est dans le presse-papiers</translation>
    </message>
</context>
<context>
    <name>SqlPage</name>
    <message>
        <source>SQL that will be run</source>
        <translation>SQL qui sera exécuté</translation>
    </message>
    <message>
        <source>Copy SQL</source>
        <translation>Copier le SQL</translation>
    </message>
    <message>
        <source>What will be wrong</source>
        <translation>Ce qui n’ira pas</translation>
    </message>
</context>
<context>
    <name>SqlTab</name>
    <message>
        <source>Up</source>
        <translation>Aller</translation>
    </message>
    <message>
        <source>Down</source>
        <translation>Retour</translation>
    </message>
    <message>
        <source>Copy SQL</source>
        <translation>Copier le SQL</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Réessayer</translation>
    </message>
    <message>
        <source>What applying it runs</source>
        <translation>Ce que son application exécute</translation>
    </message>
    <message>
        <source>What taking it back runs</source>
        <translation>Ce que son retrait exécute</translation>
    </message>
    <message>
        <source>SQL of the migration</source>
        <translation>SQL de la migration</translation>
    </message>
    <message numerus="yes">
        <source>%Ln statement(s)</source>
        <translation>
            <numerusform>%Ln instruction</numerusform>
            <numerusform>%Ln instructions</numerusform>
        </translation>
    </message>
    <message>
        <source>outside of a transaction</source>
        <translation>hors transaction</translation>
    </message>
    <message>
        <source>some outside of a transaction</source>
        <translation>certaines hors transaction</translation>
    </message>
    <message>
        <source>incomplete: it asks the database and decides by the answer</source>
        <translation>incomplet&#xa0;: elle interroge la base et décide selon la réponse</translation>
    </message>
    <message>
        <source>Asking the project for its SQL…</source>
        <translation>Demande du SQL au projet…</translation>
    </message>
    <message>
        <source>There is no file of this revision, and so no SQL.</source>
        <translation>Cette révision n’a pas de fichier, donc pas de SQL.</translation>
    </message>
    <message>
        <source>It asks the database and decides by the answer: its SQL is not known beforehand.</source>
        <translation>Elle interroge la base et décide selon la réponse&#xa0;: son SQL n’est pas connu d’avance.</translation>
    </message>
    <message>
        <source>Its SQL can&apos;t be written without running it.</source>
        <translation>Son SQL ne peut pas être écrit sans l’exécuter.</translation>
    </message>
    <message>
        <source>The project&apos;s env.py can&apos;t be loaded.</source>
        <translation>Le fichier env.py du projet ne peut pas être chargé.</translation>
    </message>
    <message>
        <source>It runs nothing.</source>
        <translation>Elle n’exécute rien.</translation>
    </message>
</context>
<context>
    <name>Stager</name>
    <message>
        <source>Reading whole values</source>
        <translation>Lecture des valeurs entières</translation>
    </message>
</context>
<context>
    <name>StagingOver</name>
    <message numerus="yes">
        <source>{table}: %Ln row(s)</source>
        <translation>
            <numerusform>{table}&#xa0;: %Ln ligne</numerusform>
            <numerusform>{table}&#xa0;: %Ln lignes</numerusform>
        </translation>
    </message>
    <message>
        <source>Replace your edits?</source>
        <translation>Remplacer vos modifications&#xa0;?</translation>
    </message>
    <message>
        <source>These rows have unsaved edits that would be replaced. Undo would bring them back.</source>
        <translation>Ces lignes ont des modifications non enregistrées, qui seraient remplacées. Annuler les ferait revenir.</translation>
    </message>
    <message>
        <source>Replace them</source>
        <translation>Les remplacer</translation>
    </message>
</context>
<context>
    <name>StampDialog</name>
    <message>
        <source>Stamp a revision</source>
        <translation>Tamponner une révision</translation>
    </message>
    <message>
        <source>Record a baseline</source>
        <translation>Consigner une base de départ</translation>
    </message>
    <message>
        <source>Revision the database is at</source>
        <translation>Révision où en est la base</translation>
    </message>
    <message>
        <source>All heads: everything is there</source>
        <translation>Toutes les têtes&#xa0;: tout est là</translation>
    </message>
    <message>
        <source>All migrations are there</source>
        <translation>Toutes les migrations sont là</translation>
    </message>
    <message>
        <source>Base: nothing is there</source>
        <translation>Base&#xa0;: rien n’est là</translation>
    </message>
    <message>
        <source>Stamp…</source>
        <translation>Tamponner…</translation>
    </message>
    <message>
        <source>Record…</source>
        <translation>Consigner…</translation>
    </message>
    <message>
        <source>A baseline says that migrations, up to one, are in the database already. Each gets the row in _prisma_migrations that “prisma migrate resolve --applied” writes: no migration runs, and nobody checks whether it is true.</source>
        <translation>Une base de départ dit que des migrations, jusqu’à l’une d’elles, sont déjà dans la base. Chacune reçoit la ligne de _prisma_migrations qu’écrit «&#xa0;prisma migrate resolve --applied&#xa0;»&#xa0;: aucune migration n’est exécutée, et personne ne vérifie si c’est vrai.</translation>
    </message>
    <message>
        <source>A stamp says that a revision, and all it builds on, is in the database. Only Alembic&apos;s version table is written: no migration runs, and nobody checks whether it is true.</source>
        <translation>Un tampon indique qu’une révision, et tout ce sur quoi elle repose, est dans la base. Seule la table des versions d’Alembic est écrite&#xa0;: aucune migration n’est exécutée, et personne ne vérifie si c’est vrai.</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>rien</translation>
    </message>
    <message>
        <source>Recorded now:</source>
        <translation>Consigné à présent&#xa0;:</translation>
    </message>
    <message>
        <source>The database is at:</source>
        <translation>La base en est à&#xa0;:</translation>
    </message>
    <message>
        <source>Record “{revision}” as there?</source>
        <translation>Consigner «&#xa0;{revision}&#xa0;» comme présente&#xa0;?</translation>
    </message>
    <message>
        <source>Stamp “{revision}”?</source>
        <translation>Tamponner «&#xa0;{revision}&#xa0;»&#xa0;?</translation>
    </message>
    <message>
        <source>The ledger will say so, whatever is in the database.</source>
        <translation>Le registre le dira, quoi que contienne la base.</translation>
    </message>
    <message>
        <source>The version table will say so, whatever is in the database.</source>
        <translation>La table des versions l’indiquera, quoi qu’il y ait dans la base.</translation>
    </message>
    <message>
        <source>Stamp</source>
        <translation>Tamponner</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>Consigner</translation>
    </message>
    <message>
        <source>What is said to be there and is not will be missing when later migrations need it.</source>
        <translation>Ce qui est dit présent et ne l’est pas manquera quand des migrations ultérieures en auront besoin.</translation>
    </message>
    <message>
        <source>What is there and said not to be will be made again by the next deploy, which will fail.</source>
        <translation>Ce qui est présent et dit absent sera créé à nouveau par le prochain déploiement, qui échouera.</translation>
    </message>
    <message>
        <source>Stamping {revision}</source>
        <translation>Tamponnage de {revision}</translation>
    </message>
    <message>
        <source>Writing the version table</source>
        <translation>Écriture de la table des versions</translation>
    </message>
    <message>
        <source>Writing the ledger</source>
        <translation>Écriture du registre</translation>
    </message>
    <message>
        <source>The ledger has all migrations up to “{revision}” now.</source>
        <translation>Le registre a maintenant toutes les migrations jusqu’à «&#xa0;{revision}&#xa0;».</translation>
    </message>
    <message>
        <source>The version table says “{revision}” now.</source>
        <translation>La table des versions indique maintenant «&#xa0;{revision}&#xa0;».</translation>
    </message>
    <message>
        <source>Stamped</source>
        <translation>Tamponnée</translation>
    </message>
    <message>
        <source>Recorded</source>
        <translation>Consigné</translation>
    </message>
</context>
<context>
    <name>StandingHeader</name>
    <message>
        <source>Migrations</source>
        <translation>Migrations</translation>
    </message>
    <message>
        <source>Reading where the database stands…</source>
        <translation>Lecture de l’état de la base…</translation>
    </message>
    <message>
        <source>Locked: nothing can be run before production is unlocked</source>
        <translation>Production verrouillée&#xa0;: rien ne peut être exécuté avant son déverrouillage</translation>
    </message>
    <message>
        <source>Read-only: nothing can be run here</source>
        <translation>Lecture seule&#xa0;: rien ne peut être exécuté ici</translation>
    </message>
    <message>
        <source>Create migration…</source>
        <translation>Créer une migration…</translation>
    </message>
    <message>
        <source>More that can be done</source>
        <translation>Autres actions</translation>
    </message>
    <message>
        <source>Read again (F5)</source>
        <translation>Relire (F5)</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
    <message>
        <source>Reset…</source>
        <translation>Réinitialiser…</translation>
    </message>
    <message>
        <source>Empty the database and run all migrations anew: on the page Seed &amp; reset</source>
        <translation>Vider la base et rejouer toutes les migrations&#xa0;: à la page Seed &amp; reset</translation>
    </message>
    <message>
        <source>Choose another project…</source>
        <translation>Choisir un autre projet…</translation>
    </message>
    <message>
        <source>Its folder is part of the connection</source>
        <translation>Son dossier fait partie de la connexion</translation>
    </message>
</context>
<context>
    <name>StatesModel</name>
    <message>
        <source>Table</source>
        <translation>Table</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Lignes</translation>
    </message>
    <message>
        <source>Checksum</source>
        <translation>Somme de contrôle</translation>
    </message>
    <message>
        <source>When it was proven</source>
        <translation>À l’épreuve</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>Not connected</source>
        <translation>Non connecté</translation>
    </message>
    <message>
        <source>○ connection lost</source>
        <translation>○ connexion perdue</translation>
    </message>
    <message>
        <source>● PostgreSQL {version}</source>
        <translation>● PostgreSQL {version}</translation>
    </message>
    <message>
        <source>read-only</source>
        <translation>lecture seule</translation>
    </message>
    <message>
        <source>read-write</source>
        <translation>lecture et écriture</translation>
    </message>
    <message>
        <source>locked: read-only</source>
        <translation>verrouillée&#xa0;: lecture seule</translation>
    </message>
</context>
<context>
    <name>Studio</name>
    <message>
        <source>Open as “{environment}”</source>
        <translation>Ouvrir en tant que «&#xa0;{environment}&#xa0;»</translation>
    </message>
    <message>
        <source>Reconnect</source>
        <translation>Se reconnecter</translation>
    </message>
    <message>
        <source>The connection is lost</source>
        <translation>La connexion est perdue</translation>
    </message>
    <message>
        <source>The connection is lost; your edits are kept</source>
        <translation>La connexion est perdue&#xa0;; vos modifications sont conservées</translation>
    </message>
    <message>
        <source>Connected again</source>
        <translation>Connexion rétablie</translation>
    </message>
    <message>
        <source>The time is over: production is locked again</source>
        <translation>Temps écoulé&#xa0;: la production est reverrouillée</translation>
    </message>
    <message>
        <source>The time is over: production is locked again; your edits are kept</source>
        <translation>Temps écoulé&#xa0;: la production est reverrouillée&#xa0;; vos modifications sont conservées</translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation>Déverrouiller…</translation>
    </message>
    <message>
        <source>The database says it now</source>
        <translation>La base le déclare désormais</translation>
    </message>
    <message>
        <source>Remove a connection</source>
        <translation>Supprimer une connexion</translation>
    </message>
    <message>
        <source>“{name}” and its saved password will be forgotten. The database itself is not touched.</source>
        <translation>«&#xa0;{name}&#xa0;» et son mot de passe enregistré seront oubliés. La base de données elle-même n’est pas touchée.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Supprimer</translation>
    </message>
    <message>
        <source>Open a project folder</source>
        <translation>Ouvrir un dossier de projet</translation>
    </message>
    <message>
        <source>There is no system keyring here: the password will be asked for each time.</source>
        <translation>Il n’y a pas de trousseau du système ici&#xa0;: le mot de passe vous sera demandé à chaque fois.</translation>
    </message>
    <message>
        <source>New connection…</source>
        <translation>Nouvelle connexion…</translation>
    </message>
    <message>
        <source>Open a project folder…</source>
        <translation>Ouvrir un dossier de projet…</translation>
    </message>
    <message>
        <source>Start the demo database</source>
        <translation>Lancer la base de démonstration</translation>
    </message>
    <message>
        <source>Server and .env…</source>
        <translation>Serveur et .env…</translation>
    </message>
    <message>
        <source>Saved connections</source>
        <translation>Connexions enregistrées</translation>
    </message>
    <message>
        <source>Unlock production…</source>
        <translation>Déverrouiller la production…</translation>
    </message>
    <message>
        <source>Lock production again</source>
        <translation>Reverrouiller la production</translation>
    </message>
    <message>
        <source>Say what this database is for…</source>
        <translation>Déclarer l’usage de cette base…</translation>
    </message>
    <message>
        <source>Edit this connection…</source>
        <translation>Modifier cette connexion…</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Se déconnecter</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Comme le système</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Clair</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Sombre</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>Thème</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Langue</translation>
    </message>
</context>
<context>
    <name>TablePage</name>
    <message>
        <source>The columns of {table} are others now. Save or discard, then refresh.</source>
        <translation>Les colonnes de {table} ont changé. Enregistrez ou abandonnez, puis actualisez.</translation>
    </message>
</context>
<context>
    <name>TablesView</name>
    <message>
        <source>Filter tables</source>
        <translation>Filtrer les tables</translation>
    </message>
    <message>
        <source>Filter the tables of the backup</source>
        <translation>Filtrer les tables de la sauvegarde</translation>
    </message>
    <message>
        <source>Tables of the backup</source>
        <translation>Tables de la sauvegarde</translation>
    </message>
</context>
<context>
    <name>TaskChip</name>
    <message numerus="yes">
        <source>and %Ln more</source>
        <comment>further running tasks</comment>
        <translation>
            <numerusform>et %Ln autre</numerusform>
            <numerusform>et %Ln autres</numerusform>
        </translation>
    </message>
    <message>
        <source>{task}: stopping…</source>
        <translation>{task}&#xa0;: arrêt en cours…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Arrêter</translation>
    </message>
    <message>
        <source>Stop this task</source>
        <translation>Arrêter cette tâche</translation>
    </message>
</context>
<context>
    <name>TestDialog</name>
    <message>
        <source>Test pending migrations</source>
        <translation>Tester les migrations en attente</translation>
    </message>
    <message>
        <source>Legs of the test</source>
        <translation>Étapes du test</translation>
    </message>
    <message>
        <source>Leg</source>
        <translation>Étape</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Durée</translation>
    </message>
    <message>
        <source>What was said</source>
        <translation>Messages</translation>
    </message>
    <message>
        <source>Test again</source>
        <translation>Tester à nouveau</translation>
    </message>
    <message>
        <source>Trying them on a throwaway copy; your database is not touched</source>
        <translation>Exécution sur une copie d’essai&#xa0;; votre base n’est pas touchée</translation>
    </message>
    <message>
        <source>Nothing to test</source>
        <translation>Rien à tester</translation>
    </message>
    <message>
        <source>No migration is pending.</source>
        <translation>Aucune migration n’est en attente.</translation>
    </message>
    <message>
        <source>All legs passed</source>
        <translation>Toutes les étapes ont réussi</translation>
    </message>
    <message>
        <source>The test failed</source>
        <translation>Le test a échoué</translation>
    </message>
    <message>
        <source>Tried {where}, in {duration}.</source>
        <translation>Essai fait {where}, en {duration}.</translation>
    </message>
</context>
<context>
    <name>TimeEditor</name>
    <message>
        <source>Now</source>
        <translation>Maintenant</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>The ledger has no row of this revision.</source>
        <translation>Le registre n’a aucune ligne pour cette révision.</translation>
    </message>
    <message>
        <source>Rows of the ledger, newest first</source>
        <translation>Lignes du registre, les plus récentes d’abord</translation>
    </message>
    <message>
        <source>{who} on {host}</source>
        <translation>{who} sur {host}</translation>
    </message>
    <message numerus="yes">
        <source>%Ln statement(s)</source>
        <translation>
            <numerusform>%Ln instruction</numerusform>
            <numerusform>%Ln instructions</numerusform>
        </translation>
    </message>
    <message>
        <source>rolled back {moment}</source>
        <translation>annulée le {moment}</translation>
    </message>
    <message>
        <source>Started {moment}</source>
        <translation>Commencée le {moment}</translation>
    </message>
    <message>
        <source>Finished {moment}</source>
        <translation>Terminée le {moment}</translation>
    </message>
    <message>
        <source>Rolled back {moment}</source>
        <translation>Annulée le {moment}</translation>
    </message>
    <message>
        <source>Checksum {checksum}</source>
        <translation>Somme {checksum}</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>Not connected</source>
        <translation>Non connecté</translation>
    </message>
    <message>
        <source>Connection: {name}</source>
        <translation>Connexion&#xa0;: {name}</translation>
    </message>
    <message>
        <source>{name} · {environment}</source>
        <translation>{name} · {environment}</translation>
    </message>
    <message>
        <source>Go to table or action…    Ctrl+K</source>
        <translation>Aller à une table ou une action…    Ctrl+K</translation>
    </message>
    <message>
        <source>Go to table or action</source>
        <translation>Aller à une table ou une action</translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation>Clair ou sombre</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Réglages</translation>
    </message>
    <message numerus="yes">
        <source>%Ln min – lock again</source>
        <translation>
            <numerusform>%Ln min – reverrouiller</numerusform>
            <numerusform>%Ln min – reverrouiller</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Unlocked for %Ln minute(s) more: lock again</source>
        <translation>
            <numerusform>Production déverrouillée pour encore %Ln minute&#xa0;: reverrouiller</numerusform>
            <numerusform>Production déverrouillée pour encore %Ln minutes&#xa0;: reverrouiller</numerusform>
        </translation>
    </message>
    <message>
        <source>Production can be written to. Lock it again as soon as you are done.</source>
        <translation>La production est ouverte en écriture. Reverrouillez-la dès que vous avez terminé.</translation>
    </message>
    <message>
        <source>Locked – unlock…</source>
        <translation>Verrouillée – déverrouiller…</translation>
    </message>
    <message>
        <source>Production is locked: unlock</source>
        <translation>Production verrouillée&#xa0;: déverrouiller</translation>
    </message>
    <message>
        <source>The server refuses every change from here until you unlock it.</source>
        <translation>Le serveur refuse toute modification depuis ce poste tant que vous n’avez pas déverrouillé la production.</translation>
    </message>
</context>
<context>
    <name>Totalling</name>
    <message>
        <source>Adding up {relation}</source>
        <translation>Calcul des totaux de {relation}</translation>
    </message>
</context>
<context>
    <name>TransferDialog</name>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
</context>
<context>
    <name>TreePathEditor</name>
    <message numerus="yes">
        <source>%Ln label(s), parted by points</source>
        <translation>
            <numerusform>%Ln étiquette</numerusform>
            <numerusform>%Ln étiquettes, séparées par des points</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TreemapView</name>
    <message>
        <source>Map of sizes</source>
        <translation>Carte des tailles</translation>
    </message>
    <message>
        <source>{share} of {whole}</source>
        <translation>{share} de {whole}</translation>
    </message>
    <message>
        <source>about {share} of it hold nothing (bloat)</source>
        <translation>dont environ {share} de vide</translation>
    </message>
</context>
<context>
    <name>TroubleCard</name>
    <message>
        <source>Scheduled backups were not made</source>
        <translation>Des sauvegardes planifiées n’ont pas été faites</translation>
    </message>
    <message>
        <source>Create one now…</source>
        <translation>En créer une maintenant…</translation>
    </message>
    <message>
        <source>Schedule and runs…</source>
        <translation>Planification et exécutions…</translation>
    </message>
</context>
<context>
    <name>TroubleTeller</name>
    <message>
        <source>Go to the backups</source>
        <translation>Aller aux sauvegardes</translation>
    </message>
    <message>
        <source>Scheduled backups were not made</source>
        <translation>Des sauvegardes planifiées n’ont pas été faites</translation>
    </message>
</context>
<context>
    <name>UnfoldingEditor</name>
    <message>
        <source>This text can&apos;t be shown in parts. It can be edited as it is.</source>
        <translation>Ce texte ne peut pas être montré en parties. On peut le modifier tel quel.</translation>
    </message>
    <message>
        <source>Edit the parts</source>
        <translation>Modifier les parties</translation>
    </message>
</context>
<context>
    <name>UnlockDialog</name>
    <message>
        <source>Unlock production</source>
        <translation>Déverrouiller la production</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Motif</translation>
    </message>
    <message>
        <source>Such as: refund of order 1182, ticket 4711</source>
        <translation>Par exemple&#xa0;: remboursement de la commande 1182, ticket 4711</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>Déverrouiller</translation>
    </message>
    <message>
        <source>Until then the server refuses every change from here. Afterwards it locks itself again, and edits that are staged stay staged.</source>
        <translation>D’ici là, le serveur refuse toute modification depuis ce poste. Ensuite, la production se reverrouille d’elle-même, et les modifications en attente le restent.</translation>
    </message>
    <message>
        <source>Why? Your words are kept on this computer, with the time and your name.</source>
        <translation>Pourquoi&#xa0;? Votre réponse est conservée sur cet ordinateur, avec l’heure et votre nom.</translation>
    </message>
    <message>
        <source>Unlock production?</source>
        <translation>Déverrouiller la production&#xa0;?</translation>
    </message>
    <message>
        <source>For how long?</source>
        <translation>Durée</translation>
    </message>
    <message numerus="yes">
        <source>%Ln minute(s)</source>
        <translation>
            <numerusform>%Ln minute</numerusform>
            <numerusform>%Ln minutes</numerusform>
        </translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Say why first</source>
        <translation>Indiquez d’abord le motif</translation>
    </message>
</context>
<context>
    <name>UuidEditor</name>
    <message>
        <source>Generate</source>
        <translation>Générer</translation>
    </message>
</context>
<context>
    <name>VectorEditor</name>
    <message>
        <source>{count} dimensions</source>
        <translation>{count} dimensions</translation>
    </message>
    <message numerus="yes">
        <source>%Ln dimension(s)</source>
        <translation>
            <numerusform>%Ln dimension</numerusform>
            <numerusform>%Ln dimensions</numerusform>
        </translation>
    </message>
    <message>
        <source>{count} of {all} dimensions</source>
        <translation>{count} dimensions sur {all}</translation>
    </message>
</context>
<context>
    <name>VerdictStrip</name>
    <message>
        <source>All it prints</source>
        <translation>Tout ce qu’il affiche</translation>
    </message>
    <message>
        <source>Show all that Prisma would print</source>
        <translation>Montrer tout ce que Prisma afficherait</translation>
    </message>
    <message>
        <source>What Prisma would print</source>
        <translation>Ce que Prisma afficherait</translation>
    </message>
    <message>
        <source>Prisma {version} would say “{line}” (exit code {code}).</source>
        <translation>Prisma {version} dirait «&#xa0;{line}&#xa0;» (code de sortie {code}).</translation>
    </message>
    <message>
        <source>schema.prisma names further schemas: {schemas}. Unlike Prisma, a reset empties the connection&apos;s schema alone, unless the others are chosen too; adopting takes over that one.</source>
        <translation>schema.prisma nomme d’autres schémas&#xa0;: {schemas}. À la différence de Prisma, une réinitialisation ne vide que le schéma de la connexion, sauf si les autres sont choisis aussi&#xa0;; la reprise ne prend que celui-là.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln more migration(s)</source>
        <translation>
            <numerusform>%Ln autre migration</numerusform>
            <numerusform>%Ln autres migrations</numerusform>
        </translation>
    </message>
    <message>
        <source>It keeps silent about: {untold}.</source>
        <translation>Il tait&#xa0;: {untold}.</translation>
    </message>
</context>
<context>
    <name>WaitingPage</name>
    <message>
        <source>Connecting to {place}…</source>
        <translation>Connexion à {place}…</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Démarrage…</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds}&#xa0;s</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Arrêt…</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Avancement</translation>
    </message>
</context>
<context>
    <name>WaysOut</name>
    <message>
        <source>Recommended</source>
        <translation>Recommandé</translation>
    </message>
    <message>
        <source>Decide for yourself</source>
        <translation>À vous de décider</translation>
    </message>
    <message>
        <source>Other ways</source>
        <translation>Autres issues</translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>Remove this connection…</source>
        <translation>Supprimer cette connexion…</translation>
    </message>
    <message>
        <source>Nexus Studio</source>
        <translation>Nexus Studio</translation>
    </message>
    <message>
        <source>A window on one PostgreSQL database: look, fix, and see exactly what is written.</source>
        <translation>Une fenêtre sur une base PostgreSQL&#xa0;: consultez, corrigez et voyez exactement ce qui est écrit.</translation>
    </message>
    <message>
        <source>Start the demo database</source>
        <translation>Lancer la base de démonstration</translation>
    </message>
    <message>
        <source>New connection…</source>
        <translation>Nouvelle connexion…</translation>
    </message>
    <message>
        <source>Open a project folder…</source>
        <translation>Ouvrir un dossier de projet…</translation>
    </message>
    <message>
        <source>Server and .env…</source>
        <translation>Serveur et .env…</translation>
    </message>
    <message>
        <source>Saved connections</source>
        <translation>Connexions enregistrées</translation>
    </message>
</context>
<context>
    <name>WorkView</name>
    <message>
        <source>Beginning…</source>
        <translation>Démarrage…</translation>
    </message>
    <message>
        <source>Stopped: nothing was changed</source>
        <translation>Arrêté&#xa0;: rien n’a été modifié</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Cancel what is being done</source>
        <translation>Annuler le travail en cours</translation>
    </message>
    <message>
        <source>How far it is</source>
        <translation>Avancement</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Close the message</source>
        <translation>Fermer le message</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Arrêt…</translation>
    </message>
</context>
<context>
    <name>_Answer</name>
    <message>
        <source>Value of {column}</source>
        <translation>Valeur de {column}</translation>
    </message>
    <message>
        <source>A value of its own</source>
        <translation>Une valeur propre</translation>
    </message>
    <message>
        <source>{column} is NULL</source>
        <translation>{column} est NULL</translation>
    </message>
</context>
<context>
    <name>_Bytes</name>
    <message numerus="yes">
        <source>{number} byte(s)</source>
        <translation>
            <numerusform>{number}&#xa0;octet</numerusform>
            <numerusform>{number}&#xa0;octets</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>_Section</name>
    <message>
        <source>Counting takes too long: no index helps. Open them to look.</source>
        <translation>Compter prend trop de temps&#xa0;: aucun index n’aide. Ouvrez-les pour voir.</translation>
    </message>
    <message>
        <source>Your role may not read them.</source>
        <translation>Votre rôle ne peut pas les lire.</translation>
    </message>
    <message>
        <source>{table}  (through {pairs})</source>
        <translation>{table}  (par {pairs})</translation>
    </message>
    <message>
        <source>First rows of {table}</source>
        <translation>Premières lignes de {table}</translation>
    </message>
</context>
<context>
    <name>actions</name>
    <message>
        <source>&amp;Save changes</source>
        <translation>&amp;Enregistrer les modifications</translation>
    </message>
    <message>
        <source>&amp;Review changes…</source>
        <translation>&amp;Revoir les modifications…</translation>
    </message>
    <message>
        <source>D&amp;iscard changes</source>
        <translation>A&amp;bandonner les modifications</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Annuler</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Rétablir</translation>
    </message>
    <message>
        <source>&amp;Copy	Ctrl+C</source>
        <translation>&amp;Copier	Ctrl+C</translation>
    </message>
    <message>
        <source>Copy a&amp;s…	Ctrl+Shift+C</source>
        <translation>Copier e&amp;n…	Ctrl+Maj+C</translation>
    </message>
    <message>
        <source>&amp;Paste	Ctrl+V</source>
        <translation>Co&amp;ller	Ctrl+V</translation>
    </message>
    <message>
        <source>Paste as ne&amp;w rows…	Ctrl+Shift+V</source>
        <translation>Coller comme no&amp;uvelles lignes…	Ctrl+Maj+V</translation>
    </message>
    <message>
        <source>Fill d&amp;own	Ctrl+J</source>
        <translation>Recopier vers le &amp;bas	Ctrl+J</translation>
    </message>
    <message>
        <source>Find and replac&amp;e…	Ctrl+H</source>
        <translation>Rechercher et re&amp;mplacer…	Ctrl+H</translation>
    </message>
    <message>
        <source>Reveal the masked value…</source>
        <translation>Révéler la valeur masquée…</translation>
    </message>
    <message>
        <source>Select &amp;all	Ctrl+A</source>
        <translation>&amp;Tout sélectionner	Ctrl+A</translation>
    </message>
    <message>
        <source>Copy as tabs, with headers</source>
        <translation>Copier en texte tabulé, avec en-têtes</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>Copier en CSV</translation>
    </message>
    <message>
        <source>Copy as JSON</source>
        <translation>Copier en JSON</translation>
    </message>
    <message>
        <source>Copy as SQL INSERT</source>
        <translation>Copier en INSERT SQL</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>Copier en Markdown</translation>
    </message>
    <message>
        <source>Add up the selected cells</source>
        <translation>Additionner les cellules sélectionnées</translation>
    </message>
    <message>
        <source>&amp;New row</source>
        <translation>&amp;Nouvelle ligne</translation>
    </message>
    <message>
        <source>&amp;Duplicate row</source>
        <translation>&amp;Dupliquer la ligne</translation>
    </message>
    <message>
        <source>De&amp;lete row</source>
        <translation>&amp;Supprimer la ligne</translation>
    </message>
    <message>
        <source>Set to &amp;NULL</source>
        <translation>Mettre à N&amp;ULL</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>E&amp;xporter…</translation>
    </message>
    <message>
        <source>&amp;Import…</source>
        <translation>&amp;Importer…</translation>
    </message>
    <message>
        <source>Go to &amp;row…</source>
        <translation>Aller à la &amp;ligne…</translation>
    </message>
    <message>
        <source>Open the row it &amp;points to</source>
        <translation>Ouvrir la ligne &amp;référencée</translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation>&amp;Précédent</translation>
    </message>
    <message>
        <source>&amp;Forward</source>
        <translation>&amp;Suivant</translation>
    </message>
    <message>
        <source>Find a &amp;table</source>
        <translation>Chercher une &amp;table</translation>
    </message>
    <message>
        <source>&amp;Create a backup…</source>
        <translation>&amp;Créer une sauvegarde…</translation>
    </message>
    <message>
        <source>&amp;Prove the backup</source>
        <translation>É&amp;prouver la sauvegarde</translation>
    </message>
    <message>
        <source>&amp;Restore the backup…</source>
        <translation>&amp;Restaurer la sauvegarde…</translation>
    </message>
    <message>
        <source>&amp;Look inside the backup</source>
        <translation>Regarder à l’&amp;intérieur de la sauvegarde</translation>
    </message>
    <message>
        <source>&amp;Bring the chosen rows back</source>
        <translation>Ra&amp;mener les lignes choisies</translation>
    </message>
    <message>
        <source>Cop&amp;y the backup to…</source>
        <translation>C&amp;opier la sauvegarde vers…</translation>
    </message>
    <message>
        <source>Show in &amp;folder</source>
        <translation>Afficher dans le &amp;dossier</translation>
    </message>
    <message>
        <source>&amp;Keep rules…</source>
        <translation>Rè&amp;gles de conservation…</translation>
    </message>
    <message>
        <source>&amp;Schedule…</source>
        <translation>P&amp;lanification…</translation>
    </message>
    <message>
        <source>F&amp;olders of the library…</source>
        <translation>Dossiers de la &amp;bibliothèque…</translation>
    </message>
    <message>
        <source>Open a backup from a f&amp;ile…</source>
        <translation>Ouvrir une sauvegarde depuis un &amp;fichier…</translation>
    </message>
    <message>
        <source>Read a&amp;gain</source>
        <translation>R&amp;elire</translation>
    </message>
    <message>
        <source>Next &amp;area</source>
        <translation>Zone s&amp;uivante</translation>
    </message>
    <message>
        <source>&amp;Previous area</source>
        <translation>Zone précé&amp;dente</translation>
    </message>
    <message>
        <source>Ne&amp;xt tab</source>
        <translation>&amp;Onglet suivant</translation>
    </message>
    <message>
        <source>Previo&amp;us tab</source>
        <translation>Onglet précéde&amp;nt</translation>
    </message>
    <message>
        <source>&amp;Filter rows</source>
        <translation>&amp;Filtrer les lignes</translation>
    </message>
    <message>
        <source>Filter by S&amp;QL condition…</source>
        <translation>Filtrer par condition S&amp;QL…</translation>
    </message>
    <message>
        <source>&amp;Saved filters…</source>
        <translation>Filtres &amp;enregistrés…</translation>
    </message>
    <message>
        <source>Filter by this &amp;value</source>
        <translation>Filtrer sur cette &amp;valeur</translation>
    </message>
    <message>
        <source>Sort by this column, &amp;ascending</source>
        <translation>Trier par cette colonne, c&amp;roissant</translation>
    </message>
    <message>
        <source>Sort by this column, &amp;descending</source>
        <translation>Trier par cette colonne, &amp;décroissant</translation>
    </message>
    <message>
        <source>&amp;Refresh</source>
        <translation>&amp;Actualiser</translation>
    </message>
    <message>
        <source>Refresh by &amp;itself</source>
        <translation>Actualiser au&amp;tomatiquement</translation>
    </message>
    <message>
        <source>Colu&amp;mns…</source>
        <translation>Colo&amp;nnes…</translation>
    </message>
    <message>
        <source>&amp;Close tab</source>
        <translation>Fermer l’&amp;onglet</translation>
    </message>
    <message>
        <source>Go to &amp;anything…</source>
        <translation>Aller à une table ou une &amp;action…</translation>
    </message>
    <message>
        <source>&amp;New connection…</source>
        <translation>&amp;Nouvelle connexion…</translation>
    </message>
    <message>
        <source>&amp;Open a project folder…</source>
        <translation>&amp;Ouvrir un dossier de projet…</translation>
    </message>
    <message>
        <source>Start the &amp;demo database</source>
        <translation>&amp;Lancer la base de démonstration</translation>
    </message>
    <message>
        <source>&amp;Server and .env…</source>
        <translation>&amp;Serveur et .env…</translation>
    </message>
    <message>
        <source>D&amp;isconnect</source>
        <translation>Se &amp;déconnecter</translation>
    </message>
    <message>
        <source>&amp;Unlock production…</source>
        <translation>Déverrouiller la &amp;production…</translation>
    </message>
    <message>
        <source>&amp;Lock production again</source>
        <translation>Re&amp;verrouiller la production</translation>
    </message>
    <message>
        <source>&amp;Say what this database is for…</source>
        <translation>Déclarer l’&amp;usage de cette base…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Quitter</translation>
    </message>
    <message>
        <source>&amp;Light or dark</source>
        <translation>&amp;Clair ou sombre</translation>
    </message>
    <message>
        <source>&amp;Deploy what is pending…</source>
        <translation>&amp;Déployer ce qui est en attente…</translation>
    </message>
    <message>
        <source>&amp;Resolve what failed…</source>
        <translation>&amp;Résoudre ce qui a échoué…</translation>
    </message>
    <message>
        <source>Restore the &amp;versions…</source>
        <translation>Rétablir les &amp;versions…</translation>
    </message>
    <message>
        <source>&amp;Test what is pending on a copy</source>
        <translation>&amp;Tester sur une copie ce qui est en attente</translation>
    </message>
    <message>
        <source>&amp;Create a migration…</source>
        <translation>&amp;Créer une migration…</translation>
    </message>
    <message>
        <source>C&amp;heck models against the database</source>
        <translation>Comparer les &amp;modèles avec la base</translation>
    </message>
    <message>
        <source>&amp;Merge heads…</source>
        <translation>F&amp;usionner les têtes…</translation>
    </message>
    <message>
        <source>&amp;Push models to the database…</source>
        <translation>&amp;Pousser les modèles vers la base…</translation>
    </message>
    <message>
        <source>P&amp;ull models from the database…</source>
        <translation>T&amp;irer les modèles de la base…</translation>
    </message>
    <message>
        <source>Do&amp;wngrade…</source>
        <translation>Revenir en &amp;arrière…</translation>
    </message>
    <message>
        <source>&amp;Stamp…</source>
        <translation>Tampo&amp;nner…</translation>
    </message>
    <message>
        <source>Adopt &amp;into Alembic…</source>
        <translation>Ad&amp;opter dans Alembic…</translation>
    </message>
    <message>
        <source>R&amp;ead again</source>
        <translation>R&amp;elire</translation>
    </message>
    <message>
        <source>&amp;Filter migrations</source>
        <translation>&amp;Filtrer les migrations</translation>
    </message>
    <message>
        <source>&amp;Look at the checklist again</source>
        <translation>&amp;Réexaminer la liste de contrôle</translation>
    </message>
    <message>
        <source>Copy the &amp;report as Markdown</source>
        <translation>&amp;Copier le rapport en Markdown</translation>
    </message>
    <message>
        <source>Save the report as &amp;Markdown…</source>
        <translation>Enregistrer le rapport en &amp;Markdown…</translation>
    </message>
    <message>
        <source>Save the report as &amp;HTML…</source>
        <translation>Enregistrer le rapport en &amp;HTML…</translation>
    </message>
    <message>
        <source>&amp;Run the seed</source>
        <translation>&amp;Exécuter le jeu de données</translation>
    </message>
    <message>
        <source>&amp;Dry run of the seed</source>
        <translation>Essai à &amp;blanc du jeu de données</translation>
    </message>
    <message>
        <source>&amp;Seeds</source>
        <translation>&amp;Jeux de données</translation>
    </message>
    <message>
        <source>R&amp;eset</source>
        <translation>&amp;Réinitialisation</translation>
    </message>
    <message>
        <source>S&amp;helves</source>
        <translation>É&amp;tagères</translation>
    </message>
    <message>
        <source>&amp;Import from SQLite</source>
        <translation>&amp;Importer depuis SQLite</translation>
    </message>
    <message>
        <source>Re&amp;ad again</source>
        <translation>Re&amp;lire</translation>
    </message>
    <message>
        <source>&amp;VACUUM…</source>
        <translation>&amp;VACUUM…</translation>
    </message>
    <message>
        <source>VACUUM A&amp;NALYZE…</source>
        <translation>VACUUM A&amp;NALYZE…</translation>
    </message>
    <message>
        <source>&amp;ANALYZE…</source>
        <translation>&amp;ANALYZE…</translation>
    </message>
    <message>
        <source>VACUUM &amp;FULL…</source>
        <translation>VACUUM &amp;FULL…</translation>
    </message>
    <message>
        <source>&amp;REINDEX…</source>
        <translation>&amp;REINDEX…</translation>
    </message>
    <message>
        <source>&amp;CLUSTER…</source>
        <translation>&amp;CLUSTER…</translation>
    </message>
    <message>
        <source>&amp;Open the table&apos;s rows</source>
        <translation>&amp;Ouvrir les lignes de la table</translation>
    </message>
    <message>
        <source>&amp;Sizes</source>
        <translation>&amp;Tailles</translation>
    </message>
    <message>
        <source>A&amp;dvice</source>
        <translation>Con&amp;seils</translation>
    </message>
    <message>
        <source>Activit&amp;y</source>
        <translation>Activit&amp;é</translation>
    </message>
    <message>
        <source>S&amp;low queries</source>
        <translation>Requêtes &amp;lentes</translation>
    </message>
    <message>
        <source>E&amp;XPLAIN</source>
        <translation>E&amp;XPLAIN</translation>
    </message>
    <message>
        <source>Gro&amp;wth</source>
        <translation>Cro&amp;issance</translation>
    </message>
    <message>
        <source>Take the chosen save back…</source>
        <translation>Annuler l’enregistrement choisi…</translation>
    </message>
    <message>
        <source>Open the table of the chosen save</source>
        <translation>Ouvrir la table de l’enregistrement choisi</translation>
    </message>
    <message>
        <source>Search the history</source>
        <translation>Chercher dans l’historique</translation>
    </message>
    <message>
        <source>How long the history is kept…</source>
        <translation>Durée de conservation de l’historique…</translation>
    </message>
    <message>
        <source>Share the history with the team…</source>
        <translation>Partager l’historique avec l’équipe…</translation>
    </message>
    <message>
        <source>Read the history again</source>
        <translation>Relire l’historique</translation>
    </message>
    <message>
        <source>Duplicate &amp;with related rows…</source>
        <translation>Dupliquer avec les lignes &amp;liées…</translation>
    </message>
    <message>
        <source>Row as a f&amp;orm</source>
        <translation>Li&amp;gne en formulaire</translation>
    </message>
    <message>
        <source>Next row of the form	Ctrl+Down</source>
        <translation>Ligne suivante du formulaire	Ctrl+Bas</translation>
    </message>
    <message>
        <source>Previous row of the form	Ctrl+Up</source>
        <translation>Ligne précédente du formulaire	Ctrl+Haut</translation>
    </message>
</context>
<context>
    <name>activity</name>
    <message>
        <source>Process</source>
        <translation>Processus</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Rôle</translation>
    </message>
    <message>
        <source>Database</source>
        <translation>Base</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>Application</translation>
    </message>
    <message>
        <source>State</source>
        <translation>État</translation>
    </message>
    <message>
        <source>Waits for</source>
        <translation>Attend</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Depuis</translation>
    </message>
    <message>
        <source>Transaction</source>
        <translation>Transaction</translation>
    </message>
    <message>
        <source>Statement</source>
        <translation>Instruction</translation>
    </message>
    <message>
        <source>How long it is in this state, or at this statement</source>
        <translation>Depuis combien de temps elle est dans cet état, ou à cette instruction</translation>
    </message>
    <message>
        <source>How long its transaction is open</source>
        <translation>Depuis combien de temps sa transaction est ouverte</translation>
    </message>
    <message>
        <source>What it does, or has done last; values are left out</source>
        <translation>Ce qu’elle fait, ou a fait en dernier&#xa0;; sans les valeurs</translation>
    </message>
    <message>
        <source>others wait for it</source>
        <translation>d’autres l’attendent</translation>
    </message>
    <message>
        <source>waits for another session</source>
        <translation>attend une autre session</translation>
    </message>
    <message>
        <source>idle in an open transaction for more than a minute</source>
        <translation>inactive dans une transaction ouverte depuis plus d’une minute</translation>
    </message>
    <message>
        <source>its transaction is open for more than five minutes</source>
        <translation>sa transaction est ouverte depuis plus de cinq minutes</translation>
    </message>
    <message>
        <source>its statement runs for more than a minute</source>
        <translation>son instruction dure depuis plus d’une minute</translation>
    </message>
    <message>
        <source>This is the session that looks.</source>
        <translation>C’est la session qui regarde.</translation>
    </message>
    <message>
        <source>It is a process of the server&apos;s own.</source>
        <translation>C’est un processus du serveur lui-même.</translation>
    </message>
    <message>
        <source>It is a superuser&apos;s: only a superuser may end it.</source>
        <translation>Elle est à un superutilisateur&#xa0;: seul un superutilisateur peut y mettre fin.</translation>
    </message>
    <message>
        <source>It is of a role that yours is no member of; pg_signal_backend may end it all the same.</source>
        <translation>Elle est d’un rôle dont le vôtre n’est pas membre&#xa0;; pg_signal_backend peut y mettre fin tout de même.</translation>
    </message>
    <message>
        <source>Your role may not see since when it is there: pg_monitor would.</source>
        <translation>Votre rôle ne peut pas voir depuis quand elle est là&#xa0;: pg_monitor le pourrait.</translation>
    </message>
    <message>
        <source>active</source>
        <translation>active</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>inactive</translation>
    </message>
    <message>
        <source>idle in transaction</source>
        <translation>inactive en transaction</translation>
    </message>
    <message>
        <source>idle in a failed transaction</source>
        <translation>inactive dans une transaction en échec</translation>
    </message>
    <message>
        <source>calls a function</source>
        <translation>appelle une fonction</translation>
    </message>
    <message>
        <source>not tracked</source>
        <translation>non suivie</translation>
    </message>
    <message>
        <source>This is a standby: these are its own sessions.</source>
        <translation>C’est un serveur secondaire&#xa0;: ce sont ses propres sessions.</translation>
    </message>
    <message>
        <source>A pooler stands between: a session may be another program&apos;s by the time you end it.</source>
        <translation>Un pooler est entre les deux&#xa0;: une session peut être celle d’un autre programme au moment où vous y mettez fin.</translation>
    </message>
    <message>
        <source>Your role may not see what other roles do. Membership in pg_monitor shows it.</source>
        <translation>Votre rôle ne peut pas voir ce que font les autres. Être membre de pg_monitor le montre.</translation>
    </message>
    <message>
        <source>(hidden from your role)</source>
        <translation>(caché à votre rôle)</translation>
    </message>
</context>
<context>
    <name>advice</name>
    <message>
        <source>An open transaction keeps dead rows: process {name}</source>
        <translation>Une transaction ouverte retient des lignes mortes&#xa0;: processus {name}</translation>
    </message>
    <message>
        <source>A prepared transaction keeps dead rows: {name}</source>
        <translation>Une transaction préparée retient des lignes mortes&#xa0;: {name}</translation>
    </message>
    <message>
        <source>A replication slot keeps dead rows: {name}</source>
        <translation>Un slot de réplication retient des lignes mortes&#xa0;: {name}</translation>
    </message>
    <message>
        <source>A standby keeps dead rows: {name}</source>
        <translation>Un serveur secondaire retient des lignes mortes&#xa0;: {name}</translation>
    </message>
    <message>
        <source>A replication slot that nobody uses fills the disk: {name}</source>
        <translation>Un slot de réplication que personne n’utilise remplit le disque&#xa0;: {name}</translation>
    </message>
    <message>
        <source>Transaction numbers are running out</source>
        <translation>Les numéros de transaction s’épuisent</translation>
    </message>
    <message>
        <source>Numbers of shared row locks are running out</source>
        <translation>Les numéros de verrous partagés de lignes s’épuisent</translation>
    </message>
    <message>
        <source>A sequence is near its end: {name}</source>
        <translation>Une séquence approche de sa fin&#xa0;: {name}</translation>
    </message>
    <message>
        <source>Autovacuum is off</source>
        <translation>L’autovacuum est arrêté</translation>
    </message>
    <message>
        <source>Autovacuum is kept away from {table}</source>
        <translation>L’autovacuum est tenu à l’écart de {table}</translation>
    </message>
    <message>
        <source>Autovacuum does not come to {table}</source>
        <translation>L’autovacuum ne vient pas sur {table}</translation>
    </message>
    <message>
        <source>The planner knows nothing of {table}</source>
        <translation>Le planificateur ne sait rien de {table}</translation>
    </message>
    <message>
        <source>What the planner knows of {table} is out of date</source>
        <translation>Ce que le planificateur sait de {table} est périmé</translation>
    </message>
    <message>
        <source>Much of {table} holds nothing</source>
        <translation>Une grande part de {table} ne contient rien</translation>
    </message>
    <message>
        <source>{table} has no primary key</source>
        <translation>{table} n’a pas de clé primaire</translation>
    </message>
    <message>
        <source>A constraint of {table} was never checked: {name}</source>
        <translation>Une contrainte de {table} n’a jamais été vérifiée&#xa0;: {name}</translation>
    </message>
    <message>
        <source>A foreign key of {table} has no index: {columns}</source>
        <translation>Une clé étrangère de {table} n’a pas d’index&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>An index is invalid: {index}</source>
        <translation>Un index est invalide&#xa0;: {index}</translation>
    </message>
    <message>
        <source>An index is there twice: {index}</source>
        <translation>Un index est là deux fois&#xa0;: {index}</translation>
    </message>
    <message>
        <source>Another index does for it: {index}</source>
        <translation>Un autre index le remplace&#xa0;: {index}</translation>
    </message>
    <message>
        <source>An index is never used: {index}</source>
        <translation>Un index n’est jamais utilisé&#xa0;: {index}</translation>
    </message>
    <message>
        <source>Much of an index holds nothing: {index}</source>
        <translation>Une grande part d’un index ne contient rien&#xa0;: {index}</translation>
    </message>
    <message>
        <source>As long as it is open, VACUUM may not remove rows that it could still see. End it in its program, or end the session: what it has not committed is lost.</source>
        <translation>Tant qu’elle est ouverte, VACUUM ne peut pas enlever les lignes qu’elle pourrait encore voir. Terminez-la dans son programme, ou mettez fin à la session&#xa0;: ce qu’elle n’a pas validé est perdu.</translation>
    </message>
    <message>
        <source>It was prepared and neither committed nor rolled back. Until then VACUUM may not remove what it could see. Ask whoever prepared it; rolling it back loses its work.</source>
        <translation>Elle a été préparée, et ni validée ni annulée. Jusque-là, VACUUM ne peut pas enlever ce qu’elle pourrait voir. Demandez à qui l’a préparée&#xa0;; l’annuler perd son travail.</translation>
    </message>
    <message>
        <source>The slot keeps rows for a subscriber that lags behind or is gone. Bring that back; drop the slot only when nobody will come for it.</source>
        <translation>Le slot garde des lignes pour un abonné en retard ou parti. Faites-le revenir&#xa0;; ne supprimez le slot que si personne n’y reviendra.</translation>
    </message>
    <message>
        <source>Queries on the standby still need these rows (hot_standby_feedback). Look there who it is.</source>
        <translation>Des requêtes sur le serveur secondaire ont encore besoin de ces lignes (hot_standby_feedback). Regardez là-bas qui c’est.</translation>
    </message>
    <message>
        <source>The server keeps its write-ahead log for whoever used the slot, until the disk is full.</source>
        <translation>Le serveur garde ses journaux de transactions pour qui utilisait le slot, jusqu’à ce que le disque soit plein.</translation>
    </message>
    <message>
        <source>At the end the server refuses all writing. VACUUM FREEZE makes old numbers free again.</source>
        <translation>À la fin, le serveur refuse toute écriture. VACUUM FREEZE libère les anciens numéros.</translation>
    </message>
    <message>
        <source>At its end no new row can be inserted. A wider type belongs into a migration of the models.</source>
        <translation>À sa fin, plus aucune ligne ne peut être insérée. Un type plus large a sa place dans une migration des modèles.</translation>
    </message>
    <message>
        <source>Dead rows stay, statistics grow old, and in the end transaction numbers run out.</source>
        <translation>Les lignes mortes restent, les statistiques vieillissent, et à la fin les numéros de transaction manquent.</translation>
    </message>
    <message>
        <source>Its own setting (autovacuum_enabled) says so, and dead rows have come together.</source>
        <translation>Son propre réglage (autovacuum_enabled) le dit, et des lignes mortes se sont accumulées.</translation>
    </message>
    <message>
        <source>There are far more dead rows than call it, and no VACUUM has come for a day.</source>
        <translation>Il y a bien plus de lignes mortes qu’il n’en faut pour l’appeler, et aucun VACUUM n’est venu depuis un jour.</translation>
    </message>
    <message>
        <source>It was never analyzed: plans for queries on it are guesses.</source>
        <translation>Elle n’a jamais été analysée&#xa0;: les plans des requêtes sont des suppositions.</translation>
    </message>
    <message>
        <source>Much has changed since the last ANALYZE: plans for queries on it are for other rows.</source>
        <translation>Beaucoup a changé depuis le dernier ANALYZE&#xa0;: les plans des requêtes valent pour d’autres lignes.</translation>
    </message>
    <message>
        <source>The room is used again by new rows. If few are to come, VACUUM FULL gives it back to the disk; the table is locked meanwhile.</source>
        <translation>De nouvelles lignes reprennent cette place. S’il en vient peu, VACUUM FULL la rend au disque&#xa0;; la table est verrouillée pendant ce temps.</translation>
    </message>
    <message>
        <source>Rows can&apos;t be told apart, neither by replication nor when they are edited.</source>
        <translation>On ne peut pas distinguer les lignes, ni pour la réplication ni pour les modifier.</translation>
    </message>
    <message>
        <source>It was added NOT VALID: old rows may break it, and the planner may not rely on it.</source>
        <translation>Elle a été ajoutée NOT VALID&#xa0;: d’anciennes lignes peuvent l’enfreindre, et le planificateur ne peut pas s’y fier.</translation>
    </message>
    <message>
        <source>Each row that is deleted, or given another key, over there reads all of this table.</source>
        <translation>Chaque ligne supprimée là-bas, ou dont la clé change, fait lire toute cette table.</translation>
    </message>
    <message>
        <source>Building it failed: no query uses it, and each write keeps it up all the same.</source>
        <translation>Sa construction a échoué&#xa0;: aucune requête ne l’utilise, et chaque écriture le tient pourtant à jour.</translation>
    </message>
    <message>
        <source>Another one has the same columns in the same order: each write pays for both.</source>
        <translation>Un autre a les mêmes colonnes dans le même ordre&#xa0;: chaque écriture paie pour les deux.</translation>
    </message>
    <message>
        <source>Another one begins with the same columns, and can be used in its place.</source>
        <translation>Un autre commence par les mêmes colonnes et peut servir à sa place.</translation>
    </message>
    <message>
        <source>No query has used it since counting began, and each write keeps it up.</source>
        <translation>Aucune requête ne l’a utilisé depuis que l’on compte, et chaque écriture le tient à jour.</translation>
    </message>
    <message>
        <source>Building it anew makes it smaller, and reading it faster.</source>
        <translation>Le reconstruire le rend plus petit et plus rapide à lire.</translation>
    </message>
    <message>
        <source>urgent</source>
        <translation>urgent</translation>
    </message>
    <message>
        <source>worth doing</source>
        <translation>utile</translation>
    </message>
    <message>
        <source>to be looked at</source>
        <translation>à regarder</translation>
    </message>
    <message>
        <source>It only looks.</source>
        <translation>Cela ne fait que regarder.</translation>
    </message>
    <message>
        <source>It reads and writes a lot, and keeps nobody waiting.</source>
        <translation>Cela lit et écrit beaucoup, et ne fait attendre personne.</translation>
    </message>
    <message>
        <source>It changes a setting, which can be set back.</source>
        <translation>Cela change un réglage, qu’on peut remettre.</translation>
    </message>
    <message>
        <source>It drops an index: what needs it after all is slow until it is built again.</source>
        <translation>Cela supprime un index&#xa0;: ce qui en a tout de même besoin est lent jusqu’à ce qu’il soit reconstruit.</translation>
    </message>
    <message>
        <source>It locks the table: others wait as long as it takes.</source>
        <translation>Cela verrouille la table&#xa0;: les autres attendent le temps qu’il faut.</translation>
    </message>
    <message>
        <source>It ends somebody else&apos;s work, which is lost.</source>
        <translation>Cela met fin au travail d’un autre, qui est perdu.</translation>
    </message>
    <message>
        <source>VACUUM…</source>
        <translation>VACUUM…</translation>
    </message>
    <message>
        <source>ANALYZE…</source>
        <translation>ANALYZE…</translation>
    </message>
    <message>
        <source>VACUUM FULL…</source>
        <translation>VACUUM FULL…</translation>
    </message>
    <message>
        <source>REINDEX…</source>
        <translation>REINDEX…</translation>
    </message>
    <message>
        <source>End the session…</source>
        <translation>Mettre fin à la session…</translation>
    </message>
    <message>
        <source>Run it…</source>
        <translation>Exécuter…</translation>
    </message>
    <message>
        <source>Copy the SQL</source>
        <translation>Copier le SQL</translation>
    </message>
    <message>
        <source>process</source>
        <translation>processus</translation>
    </message>
    <message>
        <source>name</source>
        <translation>nom</translation>
    </message>
    <message>
        <source>application</source>
        <translation>application</translation>
    </message>
    <message>
        <source>role</source>
        <translation>rôle</translation>
    </message>
    <message>
        <source>state</source>
        <translation>état</translation>
    </message>
    <message>
        <source>since</source>
        <translation>depuis</translation>
    </message>
    <message>
        <source>connected at</source>
        <translation>connectée</translation>
    </message>
    <message>
        <source>in use</source>
        <translation>utilisé</translation>
    </message>
    <message>
        <source>age in transactions</source>
        <translation>âge en transactions</translation>
    </message>
    <message>
        <source>age in shared row locks</source>
        <translation>âge en verrous partagés</translation>
    </message>
    <message>
        <source>dead rows</source>
        <translation>lignes mortes</translation>
    </message>
    <message>
        <source>tables</source>
        <translation>tables</translation>
    </message>
    <message>
        <source>a VACUUM left them at</source>
        <translation>un VACUUM les a laissées</translation>
    </message>
    <message>
        <source>kind</source>
        <translation>genre</translation>
    </message>
    <message>
        <source>database</source>
        <translation>base de données</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>gardé</translation>
    </message>
    <message>
        <source>used up</source>
        <translation>épuisé</translation>
    </message>
    <message>
        <source>oldest tables</source>
        <translation>tables les plus anciennes</translation>
    </message>
    <message>
        <source>sequence</source>
        <translation>séquence</translation>
    </message>
    <message>
        <source>last value</source>
        <translation>dernière valeur</translation>
    </message>
    <message>
        <source>type of the column</source>
        <translation>type de la colonne</translation>
    </message>
    <message>
        <source>counts down</source>
        <translation>compte à rebours</translation>
    </message>
    <message>
        <source>autovacuum</source>
        <translation>autovacuum</translation>
    </message>
    <message>
        <source>track_counts</source>
        <translation>track_counts</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>lignes</translation>
    </message>
    <message>
        <source>autovacuum comes from (dead rows)</source>
        <translation>l’autovacuum vient à partir de (lignes mortes)</translation>
    </message>
    <message>
        <source>last VACUUM</source>
        <translation>dernier VACUUM</translation>
    </message>
    <message>
        <source>last autovacuum</source>
        <translation>dernier autovacuum</translation>
    </message>
    <message>
        <source>last ANALYZE</source>
        <translation>dernier ANALYZE</translation>
    </message>
    <message>
        <source>size</source>
        <translation>taille</translation>
    </message>
    <message>
        <source>rows changed since</source>
        <translation>lignes changées depuis</translation>
    </message>
    <message>
        <source>holds nothing</source>
        <translation>ne contient rien</translation>
    </message>
    <message>
        <source>share of it</source>
        <translation>part</translation>
    </message>
    <message>
        <source>unique index that could be it</source>
        <translation>index unique qui pourrait l’être</translation>
    </message>
    <message>
        <source>constraint</source>
        <translation>contrainte</translation>
    </message>
    <message>
        <source>index</source>
        <translation>index</translation>
    </message>
    <message>
        <source>unique</source>
        <translation>unique</translation>
    </message>
    <message>
        <source>left over by REINDEX CONCURRENTLY</source>
        <translation>laissé par REINDEX CONCURRENTLY</translation>
    </message>
    <message>
        <source>the same as</source>
        <translation>le même que</translation>
    </message>
    <message>
        <source>the one that does for it</source>
        <translation>celui qui le remplace</translation>
    </message>
    <message>
        <source>scans</source>
        <translation>lectures</translation>
    </message>
    <message>
        <source>counted for (days)</source>
        <translation>compté depuis (jours)</translation>
    </message>
    <message>
        <source>counted since</source>
        <translation>compté depuis</translation>
    </message>
    <message>
        <source>rows written meanwhile</source>
        <translation>lignes écrites entre-temps</translation>
    </message>
    <message>
        <source>standbys (they count their own scans)</source>
        <translation>serveurs secondaires (ils comptent leurs propres lectures)</translation>
    </message>
    <message>
        <source>foreign key</source>
        <translation>clé étrangère</translation>
    </message>
    <message>
        <source>columns</source>
        <translation>colonnes</translation>
    </message>
    <message>
        <source>refers to</source>
        <translation>renvoie à</translation>
    </message>
    <message>
        <source>rows deleted there</source>
        <translation>lignes supprimées là-bas</translation>
    </message>
    <message>
        <source>whole reads of this table</source>
        <translation>lectures entières de cette table</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>oui</translation>
    </message>
    <message>
        <source>no</source>
        <translation>non</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent}&#xa0;%</translation>
    </message>
</context>
<context>
    <name>backups</name>
    <message>
        <source>custom</source>
        <translation>custom</translation>
    </message>
    <message>
        <source>directory</source>
        <translation>dossier</translation>
    </message>
    <message>
        <source>tar</source>
        <translation>tar</translation>
    </message>
    <message>
        <source>plain SQL</source>
        <translation>SQL en clair</translation>
    </message>
    <message>
        <source>plain SQL, gzip</source>
        <translation>SQL en clair, gzip</translation>
    </message>
    <message>
        <source>plain SQL, zstd</source>
        <translation>SQL en clair, zstd</translation>
    </message>
    <message>
        <source>encrypted</source>
        <translation>chiffré</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>inconnu</translation>
    </message>
    <message>
        <source>tables and their rows</source>
        <translation>les tables et leurs lignes</translation>
    </message>
    <message>
        <source>tables without rows</source>
        <translation>les tables sans leurs lignes</translation>
    </message>
    <message>
        <source>rows alone</source>
        <translation>les lignes seules</translation>
    </message>
    <message>
        <source>asked for</source>
        <translation>demandée</translation>
    </message>
    <message>
        <source>scheduled</source>
        <translation>planifiée</translation>
    </message>
    <message>
        <source>before a reset</source>
        <translation>avant une réinitialisation</translation>
    </message>
    <message>
        <source>before the database was recreated</source>
        <translation>avant de recréer la base</translation>
    </message>
    <message>
        <source>before tables were emptied</source>
        <translation>avant de vider des tables</translation>
    </message>
    <message>
        <source>before a deploy</source>
        <translation>avant un déploiement</translation>
    </message>
    <message>
        <source>before a restore</source>
        <translation>avant une restauration</translation>
    </message>
    <message>
        <source>a shelf</source>
        <translation>une étagère</translation>
    </message>
    <message>
        <source>it is of the server&apos;s own version</source>
        <translation>de la version même du serveur</translation>
    </message>
    <message>
        <source>the next newer one there is; it reads older servers too</source>
        <translation>la version supérieure la plus proche&#xa0;; elle lit aussi les serveurs plus anciens</translation>
    </message>
    <message>
        <source>the only one on this machine</source>
        <translation>le seul de cette machine</translation>
    </message>
    <message>
        <source>This program is newer than the server the backup is for: an older server may not understand it.</source>
        <translation>Ce programme est plus récent que le serveur visé&#xa0;: un serveur plus ancien pourrait ne pas comprendre la sauvegarde.</translation>
    </message>
    <message>
        <source>Behind a pooler nothing can be counted: it can be restored, but not compared.</source>
        <translation>Derrière un pooler, rien ne peut être compté&#xa0;: elle peut être restaurée, mais pas comparée.</translation>
    </message>
    <message>
        <source>There was hardly room for it.</source>
        <translation>Il y avait à peine la place.</translation>
    </message>
    <message>
        <source>It is of a newer server than this one, which may not understand all of it.</source>
        <translation>Elle vient d’un serveur plus récent que celui-ci, qui pourrait ne pas tout comprendre.</translation>
    </message>
    <message>
        <source>A newer pg_dump wrote it than this server is: it is restored as SQL text, by one job.</source>
        <translation>Un pg_dump plus récent que ce serveur l’a écrite&#xa0;: elle est restaurée comme texte SQL, en une seule tâche.</translation>
    </message>
    <message>
        <source>No program here knows its format: a newer PostgreSQL has to be installed to read it.</source>
        <translation>Aucun programme ici ne connaît son format&#xa0;: il faut installer un PostgreSQL plus récent pour la lire.</translation>
    </message>
    <message>
        <source>It wants to drop, make or change databases by itself. It is run without that.</source>
        <translation>Elle veut elle-même supprimer, créer ou modifier des bases. Elle est exécutée sans cela.</translation>
    </message>
    <message>
        <source>It wants to connect to another database by itself. It is run without that.</source>
        <translation>Elle veut elle-même se connecter à une autre base. Elle est exécutée sans cela.</translation>
    </message>
    <message>
        <source>It begins and ends transactions of its own. It is run without that.</source>
        <translation>Elle ouvre et termine ses propres transactions. Elle est exécutée sans cela.</translation>
    </message>
    <message>
        <source>It holds commands of psql, or programs to run. It is not restored.</source>
        <translation>Elle contient des commandes de psql ou des programmes à lancer. Elle n’est pas restaurée.</translation>
    </message>
    <message>
        <source>It is of several databases. It is not restored.</source>
        <translation>Elle porte sur plusieurs bases. Elle n’est pas restaurée.</translation>
    </message>
    <message>
        <source>It is of roles and tablespaces. It is not restored.</source>
        <translation>Elle porte sur des rôles et des tablespaces. Elle n’est pas restaurée.</translation>
    </message>
    <message>
        <source>Nothing is noted beside it, so that nobody can tell whether it was altered.</source>
        <translation>Rien n’est noté à côté d’elle&#xa0;: nul ne peut dire si elle a été altérée.</translation>
    </message>
    <message>
        <source>Its migrations are not those of this database: some may have to be applied after it is restored.</source>
        <translation>Ses migrations ne sont pas celles de cette base&#xa0;: il faudra peut-être en appliquer après la restauration.</translation>
    </message>
    <message>
        <source>Foreign keys to tables that were not chosen were left out.</source>
        <translation>Les clés étrangères vers des tables non choisies ont été laissées de côté.</translation>
    </message>
    <message>
        <source>More than you chose was restored: what you chose needs it.</source>
        <translation>Plus que votre choix a été restauré&#xa0;: votre choix en a besoin.</translation>
    </message>
    <message>
        <source>The planner knows nothing of the tables yet: ANALYZE is still to be run.</source>
        <translation>Le planificateur ne sait encore rien des tables&#xa0;: ANALYZE reste à lancer.</translation>
    </message>
    <message>
        <source>Proven</source>
        <translation>Éprouvée</translation>
    </message>
    <message>
        <source>Not proven yet</source>
        <translation>Pas encore éprouvée</translation>
    </message>
    <message>
        <source>Not proven: it failed</source>
        <translation>Non éprouvée&#xa0;: échec</translation>
    </message>
    <message>
        <source>Altered</source>
        <translation>Altérée</translation>
    </message>
    <message>
        <source>Gone</source>
        <translation>Disparue</translation>
    </message>
    <message>
        <source>Foreign file</source>
        <translation>Fichier étranger</translation>
    </message>
    <message>
        <source>It was restored and compared: this backup can be relied on.</source>
        <translation>Elle a été restaurée et comparée&#xa0;: on peut compter sur elle.</translation>
    </message>
    <message>
        <source>Nobody has restored it yet. Prove it, to know that it can be.</source>
        <translation>Personne ne l’a encore restaurée. Éprouvez-la pour savoir qu’elle peut l’être.</translation>
    </message>
    <message>
        <source>When it was restored last, it was not what it should be.</source>
        <translation>À sa dernière restauration, elle n’était pas ce qu’elle devrait être.</translation>
    </message>
    <message>
        <source>The file is not the one that was written. Do not rely on it.</source>
        <translation>Le fichier n’est pas celui qui a été écrit. Ne comptez pas sur lui.</translation>
    </message>
    <message>
        <source>Only the note is left: the file itself is gone.</source>
        <translation>Il n’en reste que la fiche&#xa0;: le fichier lui-même a disparu.</translation>
    </message>
    <message>
        <source>Somebody else made it: nothing is noted of it. Prove it, to know it.</source>
        <translation>Quelqu’un d’autre l’a faite&#xa0;: rien n’en est noté. Éprouvez-la pour la connaître.</translation>
    </message>
    <message>
        <source>of its day</source>
        <translation>celle de son jour</translation>
    </message>
    <message>
        <source>of its week</source>
        <translation>celle de sa semaine</translation>
    </message>
    <message>
        <source>of its month</source>
        <translation>celle de son mois</translation>
    </message>
    <message>
        <source>one of the last</source>
        <translation>une des dernières</translation>
    </message>
    <message>
        <source>the newest</source>
        <translation>la plus récente</translation>
    </message>
    <message>
        <source>the last proven one</source>
        <translation>la dernière éprouvée</translation>
    </message>
    <message>
        <source>dated in the future</source>
        <translation>datée du futur</translation>
    </message>
    <message>
        <source>kept before rows were lost</source>
        <translation>gardée avant une perte de lignes</translation>
    </message>
    <message>
        <source>chosen tables, made by hand</source>
        <translation>tables choisies, faite à la main</translation>
    </message>
    <message>
        <source>altered</source>
        <translation>altérée</translation>
    </message>
    <message>
        <source>somebody else&apos;s</source>
        <translation>de quelqu’un d’autre</translation>
    </message>
    <message>
        <source>of another database</source>
        <translation>d’une autre base</translation>
    </message>
    <message>
        <source>systemd timer</source>
        <translation>minuterie systemd</translation>
    </message>
    <message>
        <source>launchd (macOS)</source>
        <translation>launchd (macOS)</translation>
    </message>
    <message>
        <source>Task Scheduler (Windows)</source>
        <translation>Planificateur de tâches (Windows)</translation>
    </message>
    <message>
        <source>cron</source>
        <translation>cron</translation>
    </message>
    <message>
        <source>the table is missing</source>
        <translation>la table manque</translation>
    </message>
    <message>
        <source>a table that was not there</source>
        <translation>une table qui n’y était pas</translation>
    </message>
    <message>
        <source>{found} rows instead of {expected}</source>
        <translation>{found} lignes au lieu de {expected}</translation>
    </message>
    <message>
        <source>as many rows, but not the same</source>
        <translation>autant de lignes, mais pas les mêmes</translation>
    </message>
    <message>
        <source>{program} {major}: {why}</source>
        <translation>{program} {major}&#xa0;: {why}</translation>
    </message>
    <message>
        <source>{number} d</source>
        <translation>{number}&#xa0;j</translation>
    </message>
    <message>
        <source>{number} h</source>
        <translation>{number}&#xa0;h</translation>
    </message>
    <message>
        <source>{number} min</source>
        <translation>{number}&#xa0;min</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>à l’instant</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours}&#xa0;h {minutes}&#xa0;min</translation>
    </message>
    <message>
        <source>{minutes} min {seconds} s</source>
        <translation>{minutes}&#xa0;min {seconds}&#xa0;s</translation>
    </message>
    <message>
        <source>{number} s</source>
        <translation>{number}&#xa0;s</translation>
    </message>
    <message>
        <source>{size}/s</source>
        <translation>{size}/s</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>encore {time} environ</translation>
    </message>
    <message>
        <source>{done} of about {total}</source>
        <translation>{done} sur {total} environ</translation>
    </message>
    <message>
        <source>{done} of {total} tables</source>
        <translation>{done} tables sur {total}</translation>
    </message>
    <message>
        <source>No database is open.</source>
        <translation>Aucune base n’est ouverte.</translation>
    </message>
    <message>
        <source>This environment does not allow it.</source>
        <translation>Cet environnement ne le permet pas.</translation>
    </message>
    <message>
        <source>This connection is read-only.</source>
        <translation>Cette connexion est en lecture seule.</translation>
    </message>
    <message>
        <source>Production is locked. Unlock it at the top of the window first.</source>
        <translation>La production est verrouillée. Déverrouillez-la d’abord en haut de la fenêtre.</translation>
    </message>
</context>
<context>
    <name>condition</name>
    <message>
        <source>A part of it</source>
        <translation>Une partie du texte</translation>
    </message>
    <message>
        <source>Its beginning</source>
        <translation>Le début du texte</translation>
    </message>
    <message>
        <source>Its end</source>
        <translation>La fin du texte</translation>
    </message>
    <message>
        <source>Keys and positions with dots between them; $ is the whole value.</source>
        <translation>Clés et positions séparées par des points&#xa0;; $ désigne la valeur entière.</translation>
    </message>
    <message>
        <source>A regular expression of PostgreSQL; capitals count.</source>
        <translation>Une expression régulière de PostgreSQL&#xa0;; la casse compte.</translation>
    </message>
    <message>
        <source>A regular expression of PostgreSQL; capitals don&apos;t count.</source>
        <translation>Une expression régulière de PostgreSQL&#xa0;; la casse ne compte pas.</translation>
    </message>
    <message>
        <source>Words in any order; “quotes” for phrases, - for what must not be.</source>
        <translation>Mots dans n’importe quel ordre&#xa0;; &quot;guillemets&quot; pour une suite exacte, - pour exclure.</translation>
    </message>
    <message>
        <source>A span of time that ends now: 30 minutes, 7 days, 1 month.</source>
        <translation>Une durée qui finit maintenant&#xa0;: 30 minutes, 7 days, 1 month.</translation>
    </message>
    <message>
        <source>A span of time that begins now: 30 minutes, 7 days, 1 month.</source>
        <translation>Une durée qui commence maintenant&#xa0;: 30 minutes, 7 days, 1 month.</translation>
    </message>
    <message>
        <source>An SQL/JSON path that finds something.</source>
        <translation>Un chemin SQL/JSON qui trouve quelque chose.</translation>
    </message>
    <message>
        <source>An SQL/JSON path that is a condition and true.</source>
        <translation>Un chemin SQL/JSON qui est une condition, et vraie.</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Valeur</translation>
    </message>
    <message>
        <source>Upper value</source>
        <translation>Valeur supérieure</translation>
    </message>
    <message>
        <source>Values, with commas between them</source>
        <translation>Valeurs séparées par des virgules</translation>
    </message>
    <message>
        <source>A value with a comma in it stands in quotes: &quot;a, b&quot;.</source>
        <translation>Une valeur qui contient une virgule se met entre guillemets&#xa0;: &quot;a, b&quot;.</translation>
    </message>
    <message>
        <source>Line ends part them too: paste a column of a spreadsheet.</source>
        <translation>Les retours à la ligne les séparent aussi&#xa0;: collez une colonne de tableur.</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>Chemin</translation>
    </message>
    <message>
        <source>from</source>
        <translation>de</translation>
    </message>
    <message>
        <source>to</source>
        <translation>à</translation>
    </message>
    <message>
        <source>For example {example}</source>
        <translation>Par exemple {example}</translation>
    </message>
    <message>
        <source>Lower value</source>
        <translation>Valeur inférieure</translation>
    </message>
</context>
<context>
    <name>cost</name>
    <message>
        <source>Sorting ~{rows} rows by {columns}: {time}.</source>
        <translation>Tri de ~{rows} lignes par {columns}&#xa0;: {time}.</translation>
    </message>
    <message>
        <source>Looking through ~{rows} rows for those that match: {time}.</source>
        <translation>Filtrage de ~{rows} lignes&#xa0;: {time}.</translation>
    </message>
    <message>
        <source>Searching the texts of ~{rows} rows: {time}.</source>
        <translation>Recherche dans les textes de ~{rows} lignes&#xa0;: {time}.</translation>
    </message>
    <message>
        <source>Looking through ~{rows} rows and sorting ~{sorted} of them by {columns}: {time}.</source>
        <translation>Filtrage de ~{rows} lignes, tri de ~{sorted} par {columns}&#xa0;: {time}.</translation>
    </message>
    <message>
        <source>Reading ~{rows} rows before the first can be shown: {time}.</source>
        <translation>Lecture de ~{rows} lignes avant de pouvoir afficher la première&#xa0;: {time}.</translation>
    </message>
    <message>
        <source>Sorting ~{rows} rows by {columns} without an index: {time}.</source>
        <translation>Tri sans index de ~{rows} lignes par {columns}&#xa0;: {time}.</translation>
    </message>
    <message>
        <source>Looking through up to ~{rows} rows for those that match: {time}.</source>
        <translation>Filtrage d’au plus ~{rows} lignes&#xa0;: {time}.</translation>
    </message>
    <message>
        <source>{time} at most</source>
        <translation>{time} au plus</translation>
    </message>
    <message>
        <source>The server gives up after {seconds} seconds.</source>
        <translation>Le serveur abandonne après {seconds}&#xa0;s.</translation>
    </message>
    <message>
        <source>more than a day</source>
        <translation>plus d’un jour</translation>
    </message>
    <message>
        <source>about a second</source>
        <translation>environ une seconde</translation>
    </message>
    <message>
        <source>about {number} seconds</source>
        <translation>environ {number} secondes</translation>
    </message>
    <message>
        <source>about a minute</source>
        <translation>environ une minute</translation>
    </message>
    <message>
        <source>about {number} minutes</source>
        <translation>environ {number} minutes</translation>
    </message>
    <message>
        <source>about an hour</source>
        <translation>environ une heure</translation>
    </message>
    <message>
        <source>about {number} hours</source>
        <translation>environ {number} heures</translation>
    </message>
    <message>
        <source>An index on {columns} would make this quick.</source>
        <translation>Un index sur {columns} rendrait cela rapide.</translation>
    </message>
    <message>
        <source>A GIN index on {columns} would make this quick.</source>
        <translation>Un index GIN sur {columns} rendrait cela rapide.</translation>
    </message>
    <message>
        <source>A GiST index on {columns} would make this quick.</source>
        <translation>Un index GiST sur {columns} rendrait cela rapide.</translation>
    </message>
    <message>
        <source>A trigram index (pg_trgm) on {columns} would make this quick.</source>
        <translation>Un index de trigrammes (pg_trgm) sur {columns} rendrait cela rapide.</translation>
    </message>
</context>
<context>
    <name>dialog</name>
    <message>
        <source>Your role may not add rows to it.</source>
        <translation>Votre rôle ne peut pas y ajouter de lignes.</translation>
    </message>
    <message>
        <source>Rows can&apos;t be added to it.</source>
        <translation>On ne peut pas y ajouter de lignes.</translation>
    </message>
</context>
<context>
    <name>env</name>
    <message>
        <source>Running</source>
        <translation>En marche</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Démarrage</translation>
    </message>
    <message>
        <source>Running, but not well</source>
        <translation>En marche, mais en mauvais état</translation>
    </message>
    <message>
        <source>Ends and is started again</source>
        <translation>S’arrête et redémarre sans cesse</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>En pause</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Arrêté</translation>
    </message>
    <message>
        <source>Never started yet</source>
        <translation>Jamais démarré</translation>
    </message>
    <message>
        <source>It is missing; .env.example has it.</source>
        <translation>Elle manque&#xa0;; .env.example la contient.</translation>
    </message>
    <message>
        <source>It has no value.</source>
        <translation>Elle n’a pas de valeur.</translation>
    </message>
    <message>
        <source>Line {line} is no assignment: NAME=value.</source>
        <translation>La ligne {line} n’est pas une affectation&#xa0;: NOM=valeur.</translation>
    </message>
    <message>
        <source>Line {line} sets it once more; the last line counts.</source>
        <translation>La ligne {line} la définit une fois de plus&#xa0;; la dernière ligne l’emporte.</translation>
    </message>
    <message>
        <source>.env.example does not know it.</source>
        <translation>.env.example ne la connaît pas.</translation>
    </message>
    <message>
        <source>It still holds a placeholder.</source>
        <translation>Elle contient encore une valeur provisoire.</translation>
    </message>
    <message>
        <source>It is a password that everybody tries first.</source>
        <translation>C’est un mot de passe que tout le monde essaie en premier.</translation>
    </message>
    <message>
        <source>It refers to {other}, which nothing above it sets.</source>
        <translation>Elle fait référence à {other}, que rien ne définit plus haut.</translation>
    </message>
    <message>
        <source>It is no URL of a PostgreSQL database.</source>
        <translation>Ce n’est pas l’URL d’une base PostgreSQL.</translation>
    </message>
    <message>
        <source>It is no port: a number from 1 to 65535.</source>
        <translation>Ce n’est pas un port&#xa0;: un nombre de 1 à 65535.</translation>
    </message>
    <message>
        <source>It says something else than {other}.</source>
        <translation>Elle ne concorde pas avec {other}.</translation>
    </message>
    <message>
        <source>The environment sets it too, otherwise, and goes before the file.</source>
        <translation>L’environnement la définit aussi, autrement, et l’emporte sur le fichier.</translation>
    </message>
    <message>
        <source>Others on this machine may read the file. Saving it shuts them out.</source>
        <translation>D’autres utilisateurs de cette machine peuvent lire le fichier. L’enregistrer leur en retirera l’accès.</translation>
    </message>
</context>
<context>
    <name>errors</name>
    <message>
        <source>Message</source>
        <translation>Message</translation>
    </message>
    <message>
        <source>Detail</source>
        <translation>Détail</translation>
    </message>
    <message>
        <source>Hint</source>
        <translation>Astuce</translation>
    </message>
    <message>
        <source>Nothing listens at {host}:{port}</source>
        <translation>Aucun serveur n’écoute sur {host}:{port}</translation>
    </message>
    <message>
        <source>No PostgreSQL answers there. If it runs in Docker, start it with “docker compose up -d” in the project&apos;s folder; or work on the demo database.</source>
        <translation>Aucun PostgreSQL ne répond à cette adresse. S’il tourne dans Docker, lancez-le avec «&#xa0;docker compose up -d&#xa0;» dans le dossier du projet&#xa0;; ou travaillez sur la base de démonstration.</translation>
    </message>
    <message>
        <source>No computer is called {host}</source>
        <translation>Aucune machine ne s’appelle {host}</translation>
    </message>
    <message>
        <source>Check the spelling of the host, and whether a VPN is needed to reach it.</source>
        <translation>Vérifiez l’orthographe de l’hôte, et s’il faut un VPN pour l’atteindre.</translation>
    </message>
    <message>
        <source>{host} does not answer</source>
        <translation>{host} ne répond pas</translation>
    </message>
    <message>
        <source>The password for “{user}” was refused</source>
        <translation>Le mot de passe de «&#xa0;{user}&#xa0;» a été refusé</translation>
    </message>
    <message>
        <source>Either the password is wrong or the role does not exist on this server.</source>
        <translation>Le mot de passe est erroné, ou le rôle n’existe pas sur ce serveur.</translation>
    </message>
    <message>
        <source>A password is needed for “{user}”</source>
        <translation>Un mot de passe est requis pour «&#xa0;{user}&#xa0;»</translation>
    </message>
    <message>
        <source>The server asks for one and none is known.</source>
        <translation>Le serveur en demande un et aucun n’est connu.</translation>
    </message>
    <message>
        <source>There is no database “{database}” on this server</source>
        <translation>La base «&#xa0;{database}&#xa0;» n’existe pas sur ce serveur</translation>
    </message>
    <message>
        <source>The server answers, so host, port and password are right.</source>
        <translation>Le serveur répond&#xa0;: l’hôte, le port et le mot de passe sont donc corrects.</translation>
    </message>
    <message>
        <source>There is no role “{user}” on this server</source>
        <translation>Le rôle «&#xa0;{user}&#xa0;» n’existe pas sur ce serveur</translation>
    </message>
    <message>
        <source>An administrator can create it with CREATE ROLE … LOGIN.</source>
        <translation>Un administrateur peut le créer avec CREATE ROLE … LOGIN.</translation>
    </message>
    <message>
        <source>You may not act as the role “{role}”</source>
        <translation>Vous ne pouvez pas agir sous le rôle «&#xa0;{role}&#xa0;»</translation>
    </message>
    <message>
        <source>The connection works, but SET ROLE was refused. Leave the role empty or have it granted.</source>
        <translation>La connexion fonctionne, mais SET ROLE a été refusé. Laissez le rôle vide ou faites-vous l’accorder.</translation>
    </message>
    <message>
        <source>The server knows no time zone “{time_zone}”</source>
        <translation>Le serveur ne connaît pas le fuseau horaire «&#xa0;{time_zone}&#xa0;»</translation>
    </message>
    <message>
        <source>Write an IANA name such as Europe/Paris, or leave it empty for the server&apos;s own.</source>
        <translation>Écrivez un nom IANA tel que Europe/Paris, ou laissez vide pour celui du serveur.</translation>
    </message>
    <message>
        <source>The connection was closed</source>
        <translation>La connexion a été fermée</translation>
    </message>
    <message>
        <source>Nothing was begun. Connect again to go on.</source>
        <translation>Rien n’a été commencé. Reconnectez-vous pour continuer.</translation>
    </message>
    <message>
        <source>The server offers no encryption</source>
        <translation>Le serveur ne propose pas de chiffrement</translation>
    </message>
    <message>
        <source>This connection demands TLS (sslmode). On a network you trust, “prefer” will do.</source>
        <translation>Cette connexion exige TLS (sslmode). Sur un réseau de confiance, «&#xa0;prefer&#xa0;» suffit.</translation>
    </message>
    <message>
        <source>The server demands encryption</source>
        <translation>Le serveur exige une connexion chiffrée</translation>
    </message>
    <message>
        <source>Set sslmode to “require” or stricter.</source>
        <translation>Réglez sslmode sur «&#xa0;require&#xa0;» ou plus strict.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate can&apos;t be trusted</source>
        <translation>Le certificat du serveur n’est pas digne de confiance</translation>
    </message>
    <message>
        <source>It is expired, made for another host, or signed by an authority that sslrootcert does not know.</source>
        <translation>Il a expiré, a été établi pour un autre hôte, ou est signé par une autorité que sslrootcert ne connaît pas.</translation>
    </message>
    <message>
        <source>{port_owner} (process {port_owner_pid}) listens on port {port}.</source>
        <translation>{port_owner} (processus {port_owner_pid}) écoute sur le port {port}.</translation>
    </message>
    <message>
        <source>Nothing came back in time. The computer may be off, or a firewall drops connections to port {port}.</source>
        <translation>Aucune réponse dans le délai imparti. La machine est peut-être éteinte, ou un pare-feu bloque le port {port}.</translation>
    </message>
    <message>
        <source>The server does not let you in</source>
        <translation>Le serveur vous refuse l’accès</translation>
    </message>
    <message>
        <source>Its rules (pg_hba.conf, privileges) don&apos;t admit this user, host and database.</source>
        <translation>Ses règles (pg_hba.conf, privilèges) n’admettent pas cet utilisateur, cet hôte et cette base.</translation>
    </message>
    <message>
        <source>PostgreSQL {version} is too old</source>
        <translation>PostgreSQL {version} est trop ancien</translation>
    </message>
    <message>
        <source>Nexus Studio needs PostgreSQL 12 or later.</source>
        <translation>Nexus Studio requiert PostgreSQL 12 ou plus récent.</translation>
    </message>
    <message>
        <source>The server has no free connection</source>
        <translation>Le serveur n’a plus de connexion libre</translation>
    </message>
    <message>
        <source>Its limit (max_connections, or that of the role or database) is reached.</source>
        <translation>Sa limite (max_connections, ou celle du rôle ou de la base) est atteinte.</translation>
    </message>
    <message>
        <source>The server is not ready yet</source>
        <translation>Le serveur n’est pas encore prêt</translation>
    </message>
    <message>
        <source>It is starting, stopping or recovering. This usually takes a few seconds.</source>
        <translation>Il démarre, s’arrête ou se rétablit. Cela dure en général quelques secondes.</translation>
    </message>
    <message>
        <source>Something else answers at {host}:{port}</source>
        <translation>Autre chose répond sur {host}:{port}</translation>
    </message>
    <message>
        <source>What listens there does not speak PostgreSQL&apos;s protocol. Is the port right?</source>
        <translation>Ce qui écoute là ne parle pas le protocole de PostgreSQL. Le port est-il le bon&#xa0;?</translation>
    </message>
    <message>
        <source>The service is not defined</source>
        <translation>Le service n’est pas défini</translation>
    </message>
    <message>
        <source>No pg_service.conf has a section of this name.</source>
        <translation>Aucun fichier pg_service.conf n’a de section de ce nom.</translation>
    </message>
    <message>
        <source>Asked for: {service}.</source>
        <translation>Demandé&#xa0;: {service}.</translation>
    </message>
    <message>
        <source>The connection failed</source>
        <translation>La connexion a échoué</translation>
    </message>
    <message>
        <source>The server or the driver gave this reason:</source>
        <translation>Le serveur ou le pilote donne cette raison&#xa0;:</translation>
    </message>
    <message>
        <source>The connection was lost</source>
        <translation>La connexion a été perdue</translation>
    </message>
    <message>
        <source>Your staged changes are kept and can be saved once you are connected again.</source>
        <translation>Vos modifications en attente sont conservées et pourront être enregistrées une fois la connexion rétablie.</translation>
    </message>
    <message>
        <source>It is empty.</source>
        <translation>Elle est vide.</translation>
    </message>
    <message>
        <source>It does not begin with postgresql:// or postgres://.</source>
        <translation>Elle ne commence pas par postgresql:// ou postgres://.</translation>
    </message>
    <message>
        <source>It still holds a placeholder that nobody filled in.</source>
        <translation>Elle contient encore un emplacement qui n’a pas été rempli.</translation>
    </message>
    <message>
        <source>The port is not a number between 1 and 65535.</source>
        <translation>Le port n’est pas un nombre entre 1 et 65535.</translation>
    </message>
    <message>
        <source>The part “{part}” holds characters that are wrongly percent-encoded.</source>
        <translation>La partie «&#xa0;{part}&#xa0;» contient des caractères mal encodés en pourcent.</translation>
    </message>
    <message>
        <source>The password holds / ? # or @, which must be percent-encoded.</source>
        <translation>Le mot de passe contient /&#xa0;? # ou @, qui doivent être encodés en pourcent.</translation>
    </message>
    <message>
        <source>The part “{part}” is malformed.</source>
        <translation>La partie «&#xa0;{part}&#xa0;» est mal formée.</translation>
    </message>
    <message>
        <source>The value of “{part}” is not one that PostgreSQL knows.</source>
        <translation>PostgreSQL ne connaît pas cette valeur de «&#xa0;{part}&#xa0;».</translation>
    </message>
    <message>
        <source>It has no pg_hba.conf entry for them.</source>
        <translation>Aucune ligne de pg_hba.conf ne leur correspond.</translation>
    </message>
    <message>
        <source>The role exists but has no right to log in.</source>
        <translation>Le rôle existe mais n’a pas le droit de se connecter.</translation>
    </message>
    <message>
        <source>The role lacks the privilege CONNECT on the database.</source>
        <translation>Il manque au rôle le privilège CONNECT sur la base.</translation>
    </message>
    <message>
        <source>The server asks for another way of proving who you are.</source>
        <translation>Le serveur demande un autre moyen de vous authentifier.</translation>
    </message>
    <message>
        <source>Not even the connection itself came about.</source>
        <translation>La connexion elle-même n’a pas pu s’établir.</translation>
    </message>
    <message>
        <source>The connection came about, but the server said nothing.</source>
        <translation>La connexion s’est établie, mais le serveur n’a rien dit.</translation>
    </message>
    <message>
        <source>The line was closed at once.</source>
        <translation>La ligne a été coupée aussitôt.</translation>
    </message>
    <message>
        <source>There is no way through the network to it.</source>
        <translation>Aucun chemin du réseau n’y mène.</translation>
    </message>
    <message>
        <source>It was not ready in time.</source>
        <translation>Il n’a pas été prêt à temps.</translation>
    </message>
    <message>
        <source>The folder can&apos;t be written to.</source>
        <translation>Le dossier n’est pas accessible en écriture.</translation>
    </message>
    <message>
        <source>The data was made by PostgreSQL {version}; this installation brings {bundled}.</source>
        <translation>Les données ont été créées par PostgreSQL {version}&#xa0;; cette installation fournit {bundled}.</translation>
    </message>
    <message>
        <source>The folder holds other files.</source>
        <translation>Le dossier contient d’autres fichiers.</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>Le disque est plein.</translation>
    </message>
    <message>
        <source>Another program is just starting or stopping it.</source>
        <translation>Un autre programme est en train de le démarrer ou de l’arrêter.</translation>
    </message>
    <message>
        <source>Its data could not be prepared.</source>
        <translation>Ses données n’ont pas pu être préparées.</translation>
    </message>
    <message>
        <source>Its own words are below.</source>
        <translation>Voici ce qu’il en dit.</translation>
    </message>
    <message>
        <source>It could not be stopped.</source>
        <translation>Il n’a pas pu être arrêté.</translation>
    </message>
    <message>
        <source>PostgreSQL&apos;s text can&apos;t hold this character.</source>
        <translation>Un texte de PostgreSQL ne peut pas contenir ce caractère.</translation>
    </message>
    <message>
        <source>A semicolon ends a statement; here one expression is wanted.</source>
        <translation>Un point-virgule termine une instruction&#xa0;; une seule expression est attendue ici.</translation>
    </message>
    <message>
        <source>This parenthesis closes what was not opened.</source>
        <translation>Cette parenthèse fermante n’a pas d’ouvrante.</translation>
    </message>
    <message>
        <source>This parenthesis is never closed.</source>
        <translation>Cette parenthèse n’est jamais fermée.</translation>
    </message>
    <message>
        <source>This quotation never ends.</source>
        <translation>Ce guillemet n’est jamais fermé.</translation>
    </message>
    <message>
        <source>This comment never ends.</source>
        <translation>Ce commentaire n’est jamais fermé.</translation>
    </message>
    <message>
        <source>There are no parameters here: write the value itself.</source>
        <translation>Il n’y a pas de paramètres ici&#xa0;: écrivez la valeur elle-même.</translation>
    </message>
    <message>
        <source>Put a space between the number and what follows it.</source>
        <translation>Mettez une espace entre le nombre et ce qui le suit.</translation>
    </message>
    <message>
        <source>This word has a meaning of its own in Nexus Studio&apos;s queries.</source>
        <translation>Ce mot a un sens particulier dans les requêtes de Nexus Studio.</translation>
    </message>
    <message>
        <source>Text can&apos;t hold the character NUL.</source>
        <translation>Un texte ne peut pas contenir le caractère NUL.</translation>
    </message>
    <message>
        <source>It holds half a character.</source>
        <translation>Il contient une moitié de caractère.</translation>
    </message>
    <message>
        <source>It may have at most {length} characters.</source>
        <translation>Au plus {length} caractères sont permis.</translation>
    </message>
    <message>
        <source>This is not a whole number.</source>
        <translation>Ce n’est pas un nombre entier.</translation>
    </message>
    <message>
        <source>It must lie between {low} and {high}.</source>
        <translation>La valeur doit être comprise entre {low} et {high}.</translation>
    </message>
    <message>
        <source>This is not a number.</source>
        <translation>Ce n’est pas un nombre.</translation>
    </message>
    <message>
        <source>Only {precision} digits fit, {scale} of them after the point.</source>
        <translation>Au plus {precision} chiffres, dont {scale} décimales.</translation>
    </message>
    <message>
        <source>Only {digits} digits of a second are kept.</source>
        <translation>Seules {digits} décimales de seconde sont conservées.</translation>
    </message>
    <message>
        <source>A date has no time of day.</source>
        <translation>Une date n’a pas d’heure.</translation>
    </message>
    <message>
        <source>This is neither true nor false.</source>
        <translation>Ce n’est ni vrai ni faux.</translation>
    </message>
    <message>
        <source>This is not a UUID.</source>
        <translation>Ce n’est pas un UUID.</translation>
    </message>
    <message>
        <source>The type has no such value.</source>
        <translation>Le type n’a pas cette valeur.</translation>
    </message>
    <message>
        <source>This is not valid JSON.</source>
        <translation>Ce n’est pas du JSON valide.</translation>
    </message>
    <message>
        <source>This is not a date.</source>
        <translation>Ce n’est pas une date.</translation>
    </message>
    <message>
        <source>This is not a time of day.</source>
        <translation>Ce n’est pas une heure.</translation>
    </message>
    <message>
        <source>This is not a date with a time.</source>
        <translation>Ce n’est pas une date avec une heure.</translation>
    </message>
    <message>
        <source>These are not pairs of hexadecimal digits.</source>
        <translation>Ce ne sont pas des paires de chiffres hexadécimaux.</translation>
    </message>
    <message>
        <source>This is not an array.</source>
        <translation>Ce n’est pas un tableau.</translation>
    </message>
    <message>
        <source>This is not a range.</source>
        <translation>Ce n’est pas un intervalle de valeurs.</translation>
    </message>
    <message>
        <source>This is not a network address.</source>
        <translation>Ce n’est pas une adresse réseau.</translation>
    </message>
    <message>
        <source>Something did not work</source>
        <translation>Quelque chose n’a pas fonctionné</translation>
    </message>
    <message>
        <source>Nexus Studio has no words of its own for this ({code}).</source>
        <translation>Nexus Studio n’a pas d’explication pour cette erreur ({code}).</translation>
    </message>
    <message>
        <source>This can&apos;t be done</source>
        <translation>C’est impossible</translation>
    </message>
    <message>
        <source>Nexus Studio made a mistake</source>
        <translation>Nexus Studio a commis une erreur</translation>
    </message>
    <message>
        <source>Your data was not touched by this. Please report it with the details.</source>
        <translation>Vos données n’ont pas été touchées. Merci de signaler cette erreur avec les détails.</translation>
    </message>
    <message>
        <source>This piece of work was given up. Please report it with the details.</source>
        <translation>Cette opération a été abandonnée. Merci de signaler cette erreur avec les détails.</translation>
    </message>
    <message>
        <source>The database driver made a mistake</source>
        <translation>Le pilote de la base a commis une erreur</translation>
    </message>
    <message>
        <source>There is no check {check}</source>
        <translation>Le contrôle {check} n’existe pas</translation>
    </message>
    <message>
        <source>The list of checks has all there are.</source>
        <translation>La liste des contrôles les contient tous.</translation>
    </message>
    <message>
        <source>The server does not permit this</source>
        <translation>Le serveur ne le permet pas</translation>
    </message>
    <message>
        <source>The role you are connected as lacks the privilege. Its owner can GRANT it.</source>
        <translation>Le privilège manque au rôle sous lequel vous êtes connecté. Le propriétaire peut l’accorder avec GRANT.</translation>
    </message>
    <message>
        <source>This session only reads</source>
        <translation>Cette session est en lecture seule</translation>
    </message>
    <message>
        <source>The server refuses to write in a read-only transaction.</source>
        <translation>Le serveur refuse d’écrire dans une transaction en lecture seule.</translation>
    </message>
    <message>
        <source>Not allowed here</source>
        <translation>Interdit ici</translation>
    </message>
    <message>
        <source>The settings of this connection don&apos;t allow it.</source>
        <translation>Les réglages de cette connexion ne l’autorisent pas.</translation>
    </message>
    <message>
        <source>This connection only reads</source>
        <translation>Cette connexion est en lecture seule</translation>
    </message>
    <message>
        <source>It was opened read-only, so nothing can be changed by accident.</source>
        <translation>Elle a été ouverte en lecture seule pour que rien ne soit modifié par accident.</translation>
    </message>
    <message>
        <source>Not allowed in this environment</source>
        <translation>Interdit dans cet environnement</translation>
    </message>
    <message>
        <source>This connection is marked “{environment}”, where this is switched off for safety.</source>
        <translation>Cette connexion est marquée «&#xa0;{environment}&#xa0;»&#xa0;; cette action y est désactivée par sécurité.</translation>
    </message>
    <message>
        <source>The server took too long</source>
        <translation>Le serveur a mis trop de temps</translation>
    </message>
    <message>
        <source>The statement was stopped when its time was up. Nothing was changed.</source>
        <translation>L’instruction a été arrêtée à la fin du délai. Rien n’a été modifié.</translation>
    </message>
    <message>
        <source>The rows were not counted</source>
        <translation>Les lignes n’ont pas été comptées</translation>
    </message>
    <message>
        <source>The server stopped the count when its time was up (statement_timeout). The estimate stands: filter for fewer rows and count those, or count by another connection whose time is not limited.</source>
        <translation>Le serveur a arrêté le décompte à la fin du délai (statement_timeout). L’estimation reste affichée&#xa0;: filtrez pour compter moins de lignes, ou comptez par une autre connexion dont le temps n’est pas limité.</translation>
    </message>
    <message>
        <source>The server does not count</source>
        <translation>Le serveur ne compte pas</translation>
    </message>
    <message>
        <source>Its setting track_counts is off, so that nobody can tell what a trial has written.</source>
        <translation>Son réglage track_counts est désactivé&#xa0;: personne ne peut dire ce qu’un essai a écrit.</translation>
    </message>
    <message>
        <source>Somebody else holds the lock</source>
        <translation>Le verrou est détenu par quelqu’un d’autre</translation>
    </message>
    <message>
        <source>Another session is working on the same rows or table. Nothing was changed.</source>
        <translation>Une autre session travaille sur les mêmes lignes ou la même table. Rien n’a été modifié.</translation>
    </message>
    <message>
        <source>All connections are busy</source>
        <translation>Toutes les connexions sont occupées</translation>
    </message>
    <message>
        <source>Other work of this window still runs. Stop something or wait a moment.</source>
        <translation>D’autres tâches de cette fenêtre sont en cours. Arrêtez-en une ou patientez un instant.</translation>
    </message>
    <message>
        <source>{tool} was not found</source>
        <translation>{tool} est introuvable</translation>
    </message>
    <message>
        <source>Install PostgreSQL&apos;s client programs so that {tool} is on the PATH.</source>
        <translation>Installez les programmes clients de PostgreSQL pour que {tool} soit dans le PATH.</translation>
    </message>
    <message>
        <source>No such table</source>
        <translation>Cette table n’existe pas</translation>
    </message>
    <message>
        <source>It may have been renamed or dropped since the list of tables was read.</source>
        <translation>Elle a peut-être été renommée ou supprimée depuis la lecture de la liste des tables.</translation>
    </message>
    <message>
        <source>Asked for: {relation}.</source>
        <translation>Demandée&#xa0;: {relation}.</translation>
    </message>
    <message>
        <source>No such column</source>
        <translation>Cette colonne n’existe pas</translation>
    </message>
    <message>
        <source>It may have been renamed or dropped since the table was read.</source>
        <translation>Elle a peut-être été renommée ou supprimée depuis la lecture de la table.</translation>
    </message>
    <message>
        <source>Asked for: {column}.</source>
        <translation>Demandée&#xa0;: {column}.</translation>
    </message>
    <message>
        <source>This database URL can&apos;t be understood</source>
        <translation>Cette URL de base de données est incompréhensible</translation>
    </message>
    <message>
        <source>It should look like postgresql://user:password@host:5432/database.</source>
        <translation>Elle devrait ressembler à postgresql://utilisateur:motdepasse@hote:5432/base.</translation>
    </message>
    <message>
        <source>The parameter “{parameter}” is unknown and not used.</source>
        <translation>Le paramètre «&#xa0;{parameter}&#xa0;» est inconnu et n’est pas utilisé.</translation>
    </message>
    <message>
        <source>The parameter “{parameter}” means nothing to PostgreSQL and is not used.</source>
        <translation>Le paramètre «&#xa0;{parameter}&#xa0;» n’a pas de sens pour PostgreSQL et n’est pas utilisé.</translation>
    </message>
    <message>
        <source>The value of the parameter “{parameter}” can&apos;t be used and is left out.</source>
        <translation>La valeur du paramètre «&#xa0;{parameter}&#xa0;» est inutilisable et ignorée.</translation>
    </message>
    <message>
        <source>The secret in “{parameter}” is used now but never saved in a file.</source>
        <translation>Le secret de «&#xa0;{parameter}&#xa0;» est utilisé maintenant, mais jamais enregistré dans un fichier.</translation>
    </message>
    <message>
        <source>This connection can&apos;t be used</source>
        <translation>Cette connexion est inutilisable</translation>
    </message>
    <message>
        <source>Something in its saved settings is missing or wrong.</source>
        <translation>Un de ses réglages enregistrés manque ou est erroné.</translation>
    </message>
    <message>
        <source>Connection: {name}.</source>
        <translation>Connexion&#xa0;: {name}.</translation>
    </message>
    <message>
        <source>Setting: {field}.</source>
        <translation>Réglage&#xa0;: {field}.</translation>
    </message>
    <message>
        <source>A connection can&apos;t be named “{name}”</source>
        <translation>Une connexion ne peut pas s’appeler «&#xa0;{name}&#xa0;»</translation>
    </message>
    <message>
        <source>The name is empty or another connection has it.</source>
        <translation>Le nom est vide ou déjà pris par une autre connexion.</translation>
    </message>
    <message>
        <source>The saved connections can&apos;t be read</source>
        <translation>Les connexions enregistrées ne peuvent pas être lues</translation>
    </message>
    <message>
        <source>Check the file&apos;s permissions: {file}</source>
        <translation>Vérifiez les droits du fichier&#xa0;: {file}</translation>
    </message>
    <message>
        <source>The saved connections can&apos;t be understood</source>
        <translation>Les connexions enregistrées sont incompréhensibles</translation>
    </message>
    <message>
        <source>Mend line {line} of {file}, or move the file away. It is left as it is.</source>
        <translation>Corrigez la ligne {line} de {file}, ou déplacez ce fichier. Il est laissé tel quel.</translation>
    </message>
    <message>
        <source>A connection named “{name}” exists already</source>
        <translation>Une connexion nommée «&#xa0;{name}&#xa0;» existe déjà</translation>
    </message>
    <message>
        <source>Choose another name, or remove the other one first.</source>
        <translation>Choisissez un autre nom, ou supprimez d’abord l’autre.</translation>
    </message>
    <message>
        <source>“{file}” is too large</source>
        <translation>«&#xa0;{file}&#xa0;» est trop volumineux</translation>
    </message>
    <message>
        <source>A cell of PostgreSQL can&apos;t hold it.</source>
        <translation>Une cellule de PostgreSQL ne peut pas le contenir.</translation>
    </message>
    <message>
        <source>Nothing was written.</source>
        <translation>Rien n’a été écrit.</translation>
    </message>
    <message>
        <source>The file was not imported</source>
        <translation>Le fichier n’a pas été importé</translation>
    </message>
    <message>
        <source>There is no file “{file}”</source>
        <translation>Le fichier «&#xa0;{file}&#xa0;» n’existe pas</translation>
    </message>
    <message>
        <source>“{file}” is no SQLite database</source>
        <translation>«&#xa0;{file}&#xa0;» n’est pas une base SQLite</translation>
    </message>
    <message>
        <source>It is another kind of file, is empty, or is encrypted.</source>
        <translation>C’est un autre type de fichier, ou il est vide ou chiffré.</translation>
    </message>
    <message>
        <source>“{file}” can&apos;t be read</source>
        <translation>«&#xa0;{file}&#xa0;» ne peut pas être lu</translation>
    </message>
    <message>
        <source>There is no “{name}” to map</source>
        <translation>Il n’y a pas de «&#xa0;{name}&#xa0;» à mettre en correspondance</translation>
    </message>
    <message>
        <source>Names of the file and of the database are written as they are there.</source>
        <translation>Les noms du fichier et de la base s’écrivent exactement comme ils y figurent.</translation>
    </message>
    <message>
        <source>“{name}” is no way to read numbers as moments</source>
        <translation>«&#xa0;{name}&#xa0;» n’est pas une façon de lire les nombres comme des dates et heures</translation>
    </message>
    <message>
        <source>Two things would go to “{target}”</source>
        <translation>Deux éléments iraient dans «&#xa0;{target}&#xa0;»</translation>
    </message>
    <message>
        <source>They are {tables}: choose another place for one, or leave it out.</source>
        <translation>Il s’agit de {tables}&#xa0;: choisissez une autre destination pour l’un, ou laissez-le de côté.</translation>
    </message>
    <message>
        <source>No table of the file is one of the database</source>
        <translation>Aucune table du fichier n’existe dans la base</translation>
    </message>
    <message>
        <source>Apply the migrations first, or say which table is meant.</source>
        <translation>Appliquez d’abord les migrations, ou indiquez la table visée.</translation>
    </message>
    <message>
        <source>The file lacks columns that must have a value</source>
        <translation>Il manque au fichier des colonnes dont la valeur est obligatoire</translation>
    </message>
    <message>
        <source>They take no NULL and have no default: {columns}.</source>
        <translation>Elles n’acceptent pas NULL et n’ont pas de valeur par défaut&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>Tables hold rows already</source>
        <translation>Des tables contiennent déjà des lignes</translation>
    </message>
    <message>
        <source>They are {tables}. Empty them first, or choose to add to what is there.</source>
        <translation>Il s’agit de {tables}. Videz-les d’abord, ou choisissez d’ajouter à ce qui s’y trouve.</translation>
    </message>
    <message>
        <source>Values of the file were refused</source>
        <translation>Des valeurs du fichier ont été refusées</translation>
    </message>
    <message>
        <source>There are {number}. Nothing was written.</source>
        <translation>Valeurs refusées&#xa0;: {number}. Rien n’a été écrit.</translation>
    </message>
    <message>
        <source>What was written is not what was sent</source>
        <translation>Ce qui a été écrit diffère de ce qui a été envoyé</translation>
    </message>
    <message>
        <source>The table {table} differs, perhaps by a trigger or a rule of it. Everything was taken back.</source>
        <translation>La table {table} diffère, peut-être à cause de l’un de ses déclencheurs ou de l’une de ses règles. Tout a été annulé.</translation>
    </message>
    <message>
        <source>Columns: {columns}.</source>
        <translation>Colonnes&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>Another program is writing to it.</source>
        <translation>Un autre programme y écrit.</translation>
    </message>
    <message>
        <source>It is damaged.</source>
        <translation>Il est endommagé.</translation>
    </message>
    <message>
        <source>The system does not let it be opened.</source>
        <translation>Le système n’en autorise pas l’ouverture.</translation>
    </message>
    <message>
        <source>SQLite gave up ({words}).</source>
        <translation>SQLite a abandonné ({words}).</translation>
    </message>
    <message>
        <source>The column takes no NULL.</source>
        <translation>La colonne n’accepte pas NULL.</translation>
    </message>
    <message>
        <source>These are bytes, and the type holds none.</source>
        <translation>Ce sont des octets, et le type n’en accepte pas.</translation>
    </message>
    <message>
        <source>This is text where bytes are wanted.</source>
        <translation>C’est du texte là où des octets sont attendus.</translation>
    </message>
    <message>
        <source>PostgreSQL&apos;s calendar does not reach there.</source>
        <translation>Le calendrier de PostgreSQL ne va pas jusque-là.</translation>
    </message>
    <message>
        <source>The type can&apos;t hold this number exactly.</source>
        <translation>Le type ne peut pas représenter ce nombre exactement.</translation>
    </message>
    <message>
        <source>The arrays inside differ in length.</source>
        <translation>Les tableaux internes n’ont pas tous la même longueur.</translation>
    </message>
    <message>
        <source>Another row has the same value.</source>
        <translation>Une autre ligne a la même valeur.</translation>
    </message>
    <message>
        <source>The row it points to in {target} is not there.</source>
        <translation>La ligne référencée dans {target} n’existe pas.</translation>
    </message>
    <message>
        <source>The constraint “{constraint}” does not hold.</source>
        <translation>La contrainte «&#xa0;{constraint}&#xa0;» n’est pas respectée.</translation>
    </message>
    <message>
        <source>Another row stands in the way of it.</source>
        <translation>Une autre ligne y fait obstacle.</translation>
    </message>
    <message>
        <source>PostgreSQL does not read it as this type.</source>
        <translation>PostgreSQL ne la reconnaît pas comme valeur de ce type.</translation>
    </message>
    <message>
        <source>PostgreSQL refuses it.</source>
        <translation>PostgreSQL la refuse.</translation>
    </message>
    <message>
        <source>“{file}” can&apos;t be written</source>
        <translation>«&#xa0;{file}&#xa0;» ne peut pas être écrit</translation>
    </message>
    <message>
        <source>No DATABASE_URL in this folder</source>
        <translation>Pas de DATABASE_URL dans ce dossier</translation>
    </message>
    <message>
        <source>“{folder}” has no .env file that names a database.</source>
        <translation>«&#xa0;{folder}&#xa0;» n’a pas de fichier .env qui désigne une base de données.</translation>
    </message>
    <message>
        <source>This filter can&apos;t be applied</source>
        <translation>Ce filtre ne peut pas être appliqué</translation>
    </message>
    <message>
        <source>It concerns the column “{column}”.</source>
        <translation>Cela concerne la colonne «&#xa0;{column}&#xa0;».</translation>
    </message>
    <message>
        <source>This value does not fit</source>
        <translation>Cette valeur ne convient pas</translation>
    </message>
    <message>
        <source>The column&apos;s type refuses it. Nothing was written.</source>
        <translation>Le type de la colonne la refuse. Rien n’a été écrit.</translation>
    </message>
    <message>
        <source>The table&apos;s rules refuse this</source>
        <translation>Les contraintes de la table s’y opposent</translation>
    </message>
    <message>
        <source>Nothing was written. Rule: {constraint}.</source>
        <translation>Rien n’a été écrit. Contrainte&#xa0;: {constraint}.</translation>
    </message>
    <message>
        <source>This value exists already</source>
        <translation>Cette valeur existe déjà</translation>
    </message>
    <message>
        <source>Two rows of “{table}” can&apos;t share it. Nothing was written. Rule: {constraint}.</source>
        <translation>Deux lignes de «&#xa0;{table}&#xa0;» ne peuvent pas la partager. Rien n’a été écrit. Contrainte&#xa0;: {constraint}.</translation>
    </message>
    <message>
        <source>Two rows can&apos;t exchange this value in one save</source>
        <translation>Deux lignes ne peuvent pas échanger cette valeur en un seul enregistrement</translation>
    </message>
    <message>
        <source>PostgreSQL checks the rule {constraint} row by row, and the value can&apos;t be set aside meanwhile. Nothing was written. Give one of the rows a free value and save; then give it the one it is to have, and save again. A rule that is DEFERRABLE would be checked at the end.</source>
        <translation>PostgreSQL vérifie la règle {constraint} ligne par ligne, et la valeur ne peut pas être mise de côté entre-temps. Rien n’a été écrit. Donnez à l’une des lignes une valeur libre et enregistrez&#xa0;; donnez-lui ensuite celle qu’elle doit avoir, et enregistrez de nouveau. Une règle DEFERRABLE serait vérifiée à la fin.</translation>
    </message>
    <message>
        <source>A link to another table would break</source>
        <translation>Un lien vers une autre table serait rompu</translation>
    </message>
    <message>
        <source>The row it points to does not exist, or other rows still point here. Nothing was written. Rule: {constraint}.</source>
        <translation>La ligne référencée n’existe pas, ou d’autres lignes référencent encore celle-ci. Rien n’a été écrit. Contrainte&#xa0;: {constraint}.</translation>
    </message>
    <message>
        <source>A check of the table refuses this</source>
        <translation>Une contrainte de vérification de la table s’y oppose</translation>
    </message>
    <message>
        <source>A value is missing</source>
        <translation>Il manque une valeur</translation>
    </message>
    <message>
        <source>The column “{column}” can&apos;t be NULL. Nothing was written.</source>
        <translation>La colonne «&#xa0;{column}&#xa0;» ne peut pas être NULL. Rien n’a été écrit.</translation>
    </message>
    <message>
        <source>This overlaps with another row</source>
        <translation>Cela chevauche une autre ligne</translation>
    </message>
    <message>
        <source>Somebody changed this row meanwhile</source>
        <translation>Quelqu’un a modifié cette ligne entre-temps</translation>
    </message>
    <message>
        <source>Nothing was written. Compare both versions and choose.</source>
        <translation>Rien n’a été écrit. Comparez les deux versions et choisissez.</translation>
    </message>
    <message>
        <source>These are too many rows</source>
        <translation>Ces lignes sont trop nombreuses</translation>
    </message>
    <message>
        <source>At most {most} are taken at a time. Select fewer rows.</source>
        <translation>Au plus {most} sont prises à la fois. Sélectionnez moins de lignes.</translation>
    </message>
    <message>
        <source>They hold more than {most} MB. Select fewer rows.</source>
        <translation>Elles dépassent {most}&#xa0;Mo. Sélectionnez moins de lignes.</translation>
    </message>
    <message>
        <source>Its rows have no key by which they could be found. Leave out the columns with long values.</source>
        <translation>Ses lignes n’ont pas de clé qui permette de les retrouver. Laissez de côté les colonnes aux valeurs longues.</translation>
    </message>
    <message>
        <source>These rows are too large to copy</source>
        <translation>Ces lignes sont trop volumineuses pour être copiées</translation>
    </message>
    <message>
        <source>The numbers of these rows are not known yet.</source>
        <translation>Les numéros de ces lignes ne sont pas encore connus.</translation>
    </message>
    <message>
        <source>Studio is still learning which row is which. Wait until no ~ stands before the row numbers.</source>
        <translation>Studio est encore en train de repérer les lignes. Attendez que les numéros de ligne ne soient plus précédés de ~.</translation>
    </message>
    <message>
        <source>Long values of {relation} can&apos;t be read</source>
        <translation>Les valeurs longues de {relation} ne peuvent pas être lues</translation>
    </message>
    <message>
        <source>This row is gone</source>
        <translation>Cette ligne a disparu</translation>
    </message>
    <message>
        <source>Somebody deleted it, or changed its key, since it was read. Nothing was written.</source>
        <translation>Quelqu’un l’a supprimée, ou en a changé la clé, depuis sa lecture. Rien n’a été écrit.</translation>
    </message>
    <message>
        <source>Nothing was done. The rows are read again: look at what the row holds now.</source>
        <translation>Rien n’a été fait. Les lignes sont relues&#xa0;: regardez ce que la ligne contient à présent.</translation>
    </message>
    <message>
        <source>This row can&apos;t be found again</source>
        <translation>Cette ligne est introuvable</translation>
    </message>
    <message>
        <source>The table has no key, and no row holds the values that were read: somebody changed or deleted it. Nothing was written.</source>
        <translation>La table n’a pas de clé, et aucune ligne ne contient les valeurs lues&#xa0;: quelqu’un l’a modifiée ou supprimée. Rien n’a été écrit.</translation>
    </message>
    <message>
        <source>The server left a row as it was</source>
        <translation>Le serveur a laissé une ligne inchangée</translation>
    </message>
    <message>
        <source>A trigger, a rule or a row security policy of “{relation}” kept it from being changed. Nothing was written.</source>
        <translation>Un déclencheur, une règle ou une politique de sécurité de «&#xa0;{relation}&#xa0;» a empêché sa modification. Rien n’a été écrit.</translation>
    </message>
    <message>
        <source>The server did not keep a new row</source>
        <translation>Le serveur n’a pas gardé une nouvelle ligne</translation>
    </message>
    <message>
        <source>A trigger or a rule of “{relation}” discarded it. Nothing was written.</source>
        <translation>Un déclencheur ou une règle de «&#xa0;{relation}&#xa0;» l’a écartée. Rien n’a été écrit.</translation>
    </message>
    <message>
        <source>Nobody can say whether this was saved</source>
        <translation>Impossible de dire si ceci a été enregistré</translation>
    </message>
    <message>
        <source>The connection broke at the very end. Either everything was written or nothing: read the rows again before you save once more.</source>
        <translation>La connexion s’est rompue tout à la fin. Tout a été écrit, ou rien&#xa0;: relisez les lignes avant d’enregistrer à nouveau.</translation>
    </message>
    <message>
        <source>Migrations can&apos;t run now</source>
        <translation>Les migrations ne peuvent pas être exécutées maintenant</translation>
    </message>
    <message>
        <source>Folder: {folder}.</source>
        <translation>Dossier&#xa0;: {folder}.</translation>
    </message>
    <message>
        <source>It stopped at row {line} of {table}.</source>
        <translation>Arrêt à la ligne {line} de {table}.</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>Rien n’a été modifié.</translation>
    </message>
    <message>
        <source>No file is left of it.</source>
        <translation>Il n’en reste aucun fichier.</translation>
    </message>
    <message>
        <source>No backup was made.</source>
        <translation>Aucune sauvegarde n’a été faite.</translation>
    </message>
    <message>
        <source>Nothing was changed. Take another backup.</source>
        <translation>Rien n’a été modifié. Prenez une autre sauvegarde.</translation>
    </message>
    <message>
        <source>The backup could not be made</source>
        <translation>La sauvegarde n’a pas pu être faite</translation>
    </message>
    <message>
        <source>{tool} can&apos;t compress with {name}</source>
        <translation>{tool} ne sait pas compresser avec {name}</translation>
    </message>
    <message>
        <source>Choose gzip, or install a pg_dump that was built with it.</source>
        <translation>Choisissez gzip, ou installez un pg_dump compilé avec.</translation>
    </message>
    <message>
        <source>Whole schemas and single tables can&apos;t be chosen together</source>
        <translation>On ne peut choisir à la fois des schémas entiers et des tables</translation>
    </message>
    <message>
        <source>Some of what was chosen is not there</source>
        <translation>Une partie de ce qui a été choisi n’existe pas</translation>
    </message>
    <message>
        <source>Your role may not read all of it</source>
        <translation>Votre rôle n’a pas le droit de tout lire</translation>
    </message>
    <message>
        <source>No backup was made: it would not be whole. Choose less, or another role.</source>
        <translation>Aucune sauvegarde n’a été faite&#xa0;: elle ne serait pas complète. Choisissez moins, ou un autre rôle.</translation>
    </message>
    <message>
        <source>Policies hide rows from your role</source>
        <translation>Des politiques cachent des lignes à votre rôle</translation>
    </message>
    <message>
        <source>No backup was made: it would not be whole. Use a role that may see all rows.</source>
        <translation>Aucune sauvegarde n’a été faite&#xa0;: elle ne serait pas complète. Prenez un rôle qui voit toutes les lignes.</translation>
    </message>
    <message>
        <source>Connect to the server itself: a pooler keeps no snapshot for pg_dump.</source>
        <translation>Connectez-vous au serveur lui-même&#xa0;: un pooler ne garde pas d’instantané pour pg_dump.</translation>
    </message>
    <message>
        <source>There is no room for the backup</source>
        <translation>Il n’y a pas la place pour la sauvegarde</translation>
    </message>
    <message>
        <source>Nothing was written. Choose another folder, or make room.</source>
        <translation>Rien n’a été écrit. Choisissez un autre dossier, ou faites de la place.</translation>
    </message>
    <message>
        <source>The disk is nearly full: the backup was stopped</source>
        <translation>Le disque est presque plein&#xa0;: la sauvegarde a été arrêtée</translation>
    </message>
    <message>
        <source>There is a backup of that name already</source>
        <translation>Il y a déjà une sauvegarde de ce nom</translation>
    </message>
    <message>
        <source>It is left alone: choose another name.</source>
        <translation>On n’y touche pas&#xa0;: choisissez un autre nom.</translation>
    </message>
    <message>
        <source>“{name}” is no name for a file</source>
        <translation>«&#xa0;{name}&#xa0;» n’est pas un nom de fichier</translation>
    </message>
    <message>
        <source>Leave folders out of it.</source>
        <translation>N’y mettez pas de dossiers.</translation>
    </message>
    <message>
        <source>The folder can&apos;t be written to</source>
        <translation>Impossible d’écrire dans ce dossier</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>Choisissez un autre dossier.</translation>
    </message>
    <message>
        <source>The server went away in the middle</source>
        <translation>Le serveur a disparu en cours de route</translation>
    </message>
    <message>
        <source>{tool} was ended from outside ({signal})</source>
        <translation>{tool} a été arrêté de l’extérieur ({signal})</translation>
    </message>
    <message>
        <source>The backup is damaged</source>
        <translation>La sauvegarde est endommagée</translation>
    </message>
    <message>
        <source>This is no dump of PostgreSQL</source>
        <translation>Ce n’est pas un dump de PostgreSQL</translation>
    </message>
    <message>
        <source>The backup is cut off: its end is missing</source>
        <translation>La sauvegarde est tronquée&#xa0;: sa fin manque</translation>
    </message>
    <message>
        <source>Nothing was changed. Copy it again from where it is whole, or take another.</source>
        <translation>Rien n’a été modifié. Recopiez-la depuis un endroit où elle est entière, ou prenez-en une autre.</translation>
    </message>
    <message>
        <source>This is not the file that was written</source>
        <translation>Ce n’est pas le fichier qui a été écrit</translation>
    </message>
    <message>
        <source>Its checksum is another. Nothing was changed. Take another backup.</source>
        <translation>Sa somme de contrôle est différente. Rien n’a été modifié. Prenez une autre sauvegarde.</translation>
    </message>
    <message>
        <source>The backup can&apos;t be read</source>
        <translation>La sauvegarde ne peut pas être lue</translation>
    </message>
    <message>
        <source>There is no such folder</source>
        <translation>Ce dossier n’existe pas</translation>
    </message>
    <message>
        <source>The library does not look into this folder</source>
        <translation>La bibliothèque ne regarde pas dans ce dossier</translation>
    </message>
    <message>
        <source>What was set about backups can&apos;t be read</source>
        <translation>Les réglages des sauvegardes ne peuvent pas être lus</translation>
    </message>
    <message>
        <source>Mend the file, or remove it: folders and schedules are in it.</source>
        <translation>Réparez le fichier ou supprimez-le&#xa0;: il contient les dossiers et les planifications.</translation>
    </message>
    <message>
        <source>What is set about backups can&apos;t be written</source>
        <translation>Les réglages des sauvegardes ne peuvent pas être écrits</translation>
    </message>
    <message>
        <source>Only a saved connection can be scheduled</source>
        <translation>Seule une connexion enregistrée peut être planifiée</translation>
    </message>
    <message>
        <source>The scheduler finds it by its name. Save the connection, with its password.</source>
        <translation>Le planificateur la trouve par son nom. Enregistrez la connexion, avec son mot de passe.</translation>
    </message>
    <message>
        <source>The scheduler refused</source>
        <translation>Le planificateur a refusé</translation>
    </message>
    <message>
        <source>The schedule can&apos;t be written</source>
        <translation>La planification ne peut pas être écrite</translation>
    </message>
    <message>
        <source>The line is longer than cron takes</source>
        <translation>La ligne est plus longue que ce que cron accepte</translation>
    </message>
    <message>
        <source>Give the connection a shorter name, or use another scheduler.</source>
        <translation>Donnez à la connexion un nom plus court, ou prenez un autre planificateur.</translation>
    </message>
    <message>
        <source>No backup is scheduled for this connection</source>
        <translation>Aucune sauvegarde n’est planifiée pour cette connexion</translation>
    </message>
    <message>
        <source>A scheduled backup of this connection runs just now</source>
        <translation>Une sauvegarde planifiée de cette connexion est en cours</translation>
    </message>
    <message>
        <source>It ended without a word: it was killed, or the machine went down</source>
        <translation>Elle s’est terminée sans un mot&#xa0;: tuée, ou machine arrêtée</translation>
    </message>
    <message>
        <source>The backup was made, and is not proven</source>
        <translation>La sauvegarde a été faite et n’est pas éprouvée</translation>
    </message>
    <message>
        <source>See in the panel what differs.</source>
        <translation>Voyez dans le panneau ce qui diffère.</translation>
    </message>
    <message>
        <source>The backup was made; old ones could not be deleted</source>
        <translation>La sauvegarde a été faite&#xa0;; d’anciennes n’ont pas pu être supprimées</translation>
    </message>
    <message>
        <source>The run can&apos;t be noted, and so it was not begun</source>
        <translation>L’exécution ne peut pas être notée&#xa0;: elle n’a donc pas commencé</translation>
    </message>
    <message>
        <source>There is a password in the address</source>
        <translation>Il y a un mot de passe dans l’adresse</translation>
    </message>
    <message>
        <source>Leave it out: it belongs into the environment, or the configuration of the store.</source>
        <translation>Retirez-le&#xa0;: sa place est dans l’environnement ou dans la configuration du stockage.</translation>
    </message>
    <message>
        <source>This is no place to copy to</source>
        <translation>On ne peut pas copier là</translation>
    </message>
    <message>
        <source>Give a folder, or an address such as s3://bucket/folder.</source>
        <translation>Donnez un dossier, ou une adresse comme s3://bucket/dossier.</translation>
    </message>
    <message>
        <source>What copies there is not installed ({module})</source>
        <translation>Ce qui sait y copier n’est pas installé ({module})</translation>
    </message>
    <message>
        <source>Install nexus-studio[remote], and what the store needs.</source>
        <translation>Installez nexus-studio[remote] et ce que demande le stockage.</translation>
    </message>
    <message>
        <source>It is there already</source>
        <translation>Elle y est déjà</translation>
    </message>
    <message>
        <source>Another file of that name is there</source>
        <translation>Un autre fichier de ce nom s’y trouve</translation>
    </message>
    <message>
        <source>It is left alone: {where}.</source>
        <translation>On n’y touche pas&#xa0;: {where}.</translation>
    </message>
    <message>
        <source>The copy is not like the backup</source>
        <translation>La copie n’est pas identique à la sauvegarde</translation>
    </message>
    <message>
        <source>It was taken away again: {where}.</source>
        <translation>Elle a été retirée&#xa0;: {where}.</translation>
    </message>
    <message>
        <source>It could not be copied</source>
        <translation>La copie n’a pas pu se faire</translation>
    </message>
    <message>
        <source>Nobody is named that it is encrypted for</source>
        <translation>Aucun destinataire n’est nommé pour le chiffrement</translation>
    </message>
    <message>
        <source>Keys of age and of GnuPG can&apos;t be mixed</source>
        <translation>On ne peut mélanger des clés d’age et de GnuPG</translation>
    </message>
    <message>
        <source>One of the recipients makes no sense</source>
        <translation>Un des destinataires n’a pas de sens</translation>
    </message>
    <message>
        <source>Give public keys of age, or whole fingerprints of GnuPG keys; never a secret one.</source>
        <translation>Donnez des clés publiques d’age, ou des empreintes entières de clés GnuPG&#xa0;; jamais une clé secrète.</translation>
    </message>
    <message>
        <source>A folder can&apos;t be encrypted</source>
        <translation>Un dossier ne peut pas être chiffré</translation>
    </message>
    <message>
        <source>Choose another format.</source>
        <translation>Choisissez un autre format.</translation>
    </message>
    <message>
        <source>It could not be encrypted</source>
        <translation>Le chiffrement a échoué</translation>
    </message>
    <message>
        <source>age has to be told where your key is</source>
        <translation>age doit savoir où est votre clé</translation>
    </message>
    <message>
        <source>Have NEXUS_STUDIO_AGE_IDENTITY name the file, and start Nexus Studio again.</source>
        <translation>Nommez le fichier dans NEXUS_STUDIO_AGE_IDENTITY, puis relancez Nexus Studio.</translation>
    </message>
    <message>
        <source>The backup could not be decrypted</source>
        <translation>La sauvegarde n’a pas pu être déchiffrée</translation>
    </message>
    <message>
        <source>No key of yours fits, or the file is cut off.</source>
        <translation>Aucune de vos clés ne convient, ou le fichier est tronqué.</translation>
    </message>
    <message>
        <source>It was not restored</source>
        <translation>Elle n’a pas été restaurée</translation>
    </message>
    <message>
        <source>It could not be restored</source>
        <translation>La restauration a échoué</translation>
    </message>
    <message>
        <source>What was there is as it was.</source>
        <translation>Ce qui était là est resté tel quel.</translation>
    </message>
    <message>
        <source>The backup is encrypted</source>
        <translation>La sauvegarde est chiffrée</translation>
    </message>
    <message>
        <source>Decrypt it first: Nexus Studio keeps no keys.</source>
        <translation>Déchiffrez-la d’abord&#xa0;: Nexus Studio ne garde aucune clé.</translation>
    </message>
    <message>
        <source>The backup holds rows and no tables</source>
        <translation>La sauvegarde contient des lignes et aucune table</translation>
    </message>
    <message>
        <source>Connect to the database it is of: its tables are needed to try it.</source>
        <translation>Connectez-vous à la base dont elle vient&#xa0;: il faut ses tables pour l’éprouver.</translation>
    </message>
    <message>
        <source>The file holds commands that are never run</source>
        <translation>Le fichier contient des commandes qui ne sont jamais exécutées</translation>
    </message>
    <message>
        <source>Nothing was changed. A dump that pg_dump wrote has none of them.</source>
        <translation>Rien n’a été modifié. Un dump écrit par pg_dump n’en contient pas.</translation>
    </message>
    <message>
        <source>The file is of several databases</source>
        <translation>Le fichier porte sur plusieurs bases</translation>
    </message>
    <message>
        <source>Nothing was changed. Restore each of them from a dump of its own.</source>
        <translation>Rien n’a été modifié. Restaurez chacune depuis son propre dump.</translation>
    </message>
    <message>
        <source>The file is of roles and tablespaces, not of a database</source>
        <translation>Le fichier porte sur des rôles et des tablespaces, pas sur une base</translation>
    </message>
    <message>
        <source>Extensions that it needs can&apos;t be had on this server</source>
        <translation>Des extensions nécessaires ne sont pas disponibles sur ce serveur</translation>
    </message>
    <message>
        <source>Roles that it needs are not on this server</source>
        <translation>Des rôles nécessaires n’existent pas sur ce serveur</translation>
    </message>
    <message>
        <source>Nothing was changed. Make them first, or restore without owners and privileges.</source>
        <translation>Rien n’a été modifié. Créez-les d’abord, ou restaurez sans propriétaires ni privilèges.</translation>
    </message>
    <message>
        <source>Your role may not make such a database</source>
        <translation>Votre rôle n’a pas le droit de créer une telle base</translation>
    </message>
    <message>
        <source>A database can&apos;t be called “{database}”</source>
        <translation>Une base ne peut pas s’appeler «&#xa0;{database}&#xa0;»</translation>
    </message>
    <message>
        <source>There is a database {database} already</source>
        <translation>Il y a déjà une base {database}</translation>
    </message>
    <message>
        <source>There is no database {database}</source>
        <translation>Il n’y a pas de base {database}</translation>
    </message>
    <message>
        <source>The database {database} is not empty</source>
        <translation>La base {database} n’est pas vide</translation>
    </message>
    <message>
        <source>It could not be restored, and something of it is left in {database}</source>
        <translation>La restauration a échoué, et il en reste quelque chose dans {database}</translation>
    </message>
    <message>
        <source>Look at what is in that database before you drop or empty it. Nothing else was touched.</source>
        <translation>Regardez ce que contient cette base avant de la supprimer ou de la vider. Rien d’autre n’a été touché.</translation>
    </message>
    <message>
        <source>Only the open database can be replaced</source>
        <translation>Seule la base ouverte peut être remplacée</translation>
    </message>
    <message>
        <source>Of SQL text no tables can be chosen</source>
        <translation>D’un texte SQL, on ne peut choisir des tables</translation>
    </message>
    <message>
        <source>Restore all of it, or look inside and bring rows back.</source>
        <translation>Restaurez le tout, ou regardez à l’intérieur et ramenez des lignes.</translation>
    </message>
    <message>
        <source>A part of a database can&apos;t take the place of the whole</source>
        <translation>Une partie d’une base ne peut pas prendre la place de la base entière</translation>
    </message>
    <message>
        <source>Restore it into a new database, or look inside and bring rows back.</source>
        <translation>Restaurez-la dans une nouvelle base, ou regardez dedans et ramenez des lignes.</translation>
    </message>
    <message>
        <source>Some of what was chosen is not in the backup</source>
        <translation>Une partie de ce qui a été choisi n’est pas dans la sauvegarde</translation>
    </message>
    <message>
        <source>No restore keeps a database {database}</source>
        <translation>Aucune restauration ne garde de base {database}</translation>
    </message>
    <message>
        <source>The scheduler&apos;s program is not on this machine: put the texts where they belong yourself.</source>
        <translation>Le programme du planificateur n’est pas sur cette machine&#xa0;: mettez vous-même les textes à leur place.</translation>
    </message>
    <message>
        <source>It only runs while you are logged in, until you say: loginctl enable-linger</source>
        <translation>Elle ne tourne que pendant votre session, tant que vous n’avez pas lancé&#xa0;: loginctl enable-linger</translation>
    </message>
    <message>
        <source>cron leaves out what was due while the machine was off.</source>
        <translation>cron omet ce qui était prévu quand la machine était éteinte.</translation>
    </message>
    <message>
        <source>cron&apos;s jobs can&apos;t ask the keyring for a password: use a password file (pgpass).</source>
        <translation>Les tâches de cron ne peuvent pas demander de mot de passe au trousseau&#xa0;: utilisez un fichier de mots de passe (pgpass).</translation>
    </message>
    <message>
        <source>Windows itself must know NEXUS_STUDIO_HOME: set it for your account.</source>
        <translation>Windows lui-même doit connaître NEXUS_STUDIO_HOME&#xa0;: définissez-la pour votre compte.</translation>
    </message>
    <message>
        <source>What stands there is not what was written.</source>
        <translation>Ce qui s’y trouve n’est pas ce qui a été écrit.</translation>
    </message>
    <message>
        <source>Nothing stands there any more: set it up anew.</source>
        <translation>Il ne s’y trouve plus rien&#xa0;: mettez-la en place à nouveau.</translation>
    </message>
    <message>
        <source>The scheduler could not be told; it forgets it at the next login.</source>
        <translation>Le planificateur n’a pas pu être averti&#xa0;; il l’oubliera à la prochaine ouverture de session.</translation>
    </message>
    <message>
        <source>The server&apos;s disk is full.</source>
        <translation>Le disque du serveur est plein.</translation>
    </message>
    <message>
        <source>The server has too few locks for so many tables at once (max_locks_per_transaction).</source>
        <translation>Le serveur a trop peu de verrous pour autant de tables à la fois (max_locks_per_transaction).</translation>
    </message>
    <message>
        <source>No connection could be made.</source>
        <translation>Aucune connexion n’a pu s’établir.</translation>
    </message>
    <message>
        <source>The server went away in the middle.</source>
        <translation>Le serveur a disparu en cours de route.</translation>
    </message>
    <message>
        <source>Your role lacks a privilege that it needs.</source>
        <translation>Il manque à votre rôle un privilège nécessaire.</translation>
    </message>
    <message>
        <source>A role that it names is not there.</source>
        <translation>Un rôle qu’elle nomme n’existe pas.</translation>
    </message>
    <message>
        <source>An extension that it needs can&apos;t be had on this server.</source>
        <translation>Une extension nécessaire n’est pas disponible sur ce serveur.</translation>
    </message>
    <message>
        <source>The file itself is broken.</source>
        <translation>Le fichier lui-même est abîmé.</translation>
    </message>
    <message>
        <source>The program was ended from outside.</source>
        <translation>Le programme a été arrêté de l’extérieur.</translation>
    </message>
    <message>
        <source>One of its statements was refused.</source>
        <translation>Une de ses instructions a été refusée.</translation>
    </message>
    <message>
        <source>A migration failed</source>
        <translation>Une migration a échoué</translation>
    </message>
    <message>
        <source>No further migration was begun.</source>
        <translation>Aucune autre migration n’a été commencée.</translation>
    </message>
    <message>
        <source>Revision: {revision}.</source>
        <translation>Révision&#xa0;: {revision}.</translation>
    </message>
    <message>
        <source>No Alembic project was found</source>
        <translation>Aucun projet Alembic n’a été trouvé</translation>
    </message>
    <message>
        <source>A project has an alembic.ini, or [tool.alembic] in its pyproject.toml. Choose its folder in the connection&apos;s settings.</source>
        <translation>Un projet a un alembic.ini, ou [tool.alembic] dans son pyproject.toml. Choisissez son dossier dans les réglages de la connexion.</translation>
    </message>
    <message>
        <source>Looked in: {folder}.</source>
        <translation>Recherché dans&#xa0;: {folder}.</translation>
    </message>
    <message>
        <source>The Alembic project can&apos;t be used as it is</source>
        <translation>Le projet Alembic est inutilisable en l’état</translation>
    </message>
    <message>
        <source>File: {file}.</source>
        <translation>Fichier&#xa0;: {file}.</translation>
    </message>
    <message>
        <source>No revision is called “{target}”</source>
        <translation>Aucune révision ne s’appelle «&#xa0;{target}&#xa0;»</translation>
    </message>
    <message>
        <source>Give an id, the beginning of one id only, a branch&apos;s label, “heads”, “base”, “+1” or “-1”.</source>
        <translation>Indiquez un identifiant, le début d’un seul identifiant, l’étiquette d’une branche, «&#xa0;heads&#xa0;», «&#xa0;base&#xa0;», «&#xa0;+1&#xa0;» ou «&#xa0;-1&#xa0;».</translation>
    </message>
    <message>
        <source>A failed migration waits for a decision; new ones will not be applied</source>
        <translation>Une migration échouée attend une décision&#xa0;; les nouvelles ne seront pas appliquées</translation>
    </message>
    <message>
        <source>The migration {revision}, started at {started}, failed or was interrupted. Part of it may be in the database. Resolve it first: Nexus Studio looks what is there and says which way out is right.</source>
        <translation>La migration {revision}, commencée le {started}, a échoué ou a été interrompue. Une partie peut s’en trouver dans la base. Résolvez-la d’abord&#xa0;: Nexus Studio regarde ce qui est présent et indique la bonne issue.</translation>
    </message>
    <message>
        <source>Somebody else is migrating this database</source>
        <translation>Quelqu’un d’autre migre cette base</translation>
    </message>
    <message>
        <source>Two runs at once could harm one another. Wait until that one is done, or ask whoever runs it.</source>
        <translation>Deux exécutions simultanées pourraient se nuire. Attendez la fin de l’autre, ou adressez-vous à la personne qui l’a lancée.</translation>
    </message>
    <message>
        <source>Role: {user}.</source>
        <translation>Rôle&#xa0;: {user}.</translation>
    </message>
    <message>
        <source>Program: {application}.</source>
        <translation>Programme&#xa0;: {application}.</translation>
    </message>
    <message>
        <source>Computer: {client}.</source>
        <translation>Ordinateur&#xa0;: {client}.</translation>
    </message>
    <message>
        <source>Server process: {pid}.</source>
        <translation>Processus serveur&#xa0;: {pid}.</translation>
    </message>
    <message>
        <source>Since: {since}.</source>
        <translation>Depuis&#xa0;: {since}.</translation>
    </message>
    <message>
        <source>A migration is running in this database</source>
        <translation>Une migration est en cours dans cette base</translation>
    </message>
    <message>
        <source>Wait until it is done, or end it.</source>
        <translation>Attendez la fin, ou arrêtez-la.</translation>
    </message>
    <message>
        <source>Where shall the ledger of migrations be kept?</source>
        <translation>Où garder le registre des migrations&#xa0;?</translation>
    </message>
    <message>
        <source>The ledger records what was run, by whom, and what failed; a run that dies leaves its trace there. In this database it is the table _nexus_migrations, which everybody who migrates it sees. On this machine it changes nothing in the database, but knows only what was run from here.</source>
        <translation>Le registre consigne ce qui a été exécuté, par qui, et ce qui a échoué&#xa0;; une exécution interrompue y laisse sa trace. Dans cette base, c’est la table _nexus_migrations, visible de tous ceux qui la migrent. Sur cette machine, il ne change rien à la base, mais ne connaît que ce qui a été exécuté d’ici.</translation>
    </message>
    <message>
        <source>The ledger of migrations can&apos;t be used</source>
        <translation>Le registre des migrations est inutilisable</translation>
    </message>
    <message>
        <source>Without it nothing is run: a failure would leave no trace.</source>
        <translation>Sans lui, rien n’est exécuté&#xa0;: un échec ne laisserait pas de trace.</translation>
    </message>
    <message>
        <source>Its ledger, _prisma_migrations, is here. Apply them with Prisma.</source>
        <translation>Son registre, _prisma_migrations, est ici. Appliquez-les avec Prisma.</translation>
    </message>
    <message>
        <source>It was said: {words}</source>
        <translation>Il a été dit&#xa0;: {words}</translation>
    </message>
    <message>
        <source>It has tables that these migrations did not make. If they are those of a revision, say so: a stamp records what is there already, and a deploy runs what follows.</source>
        <translation>Elle a des tables que ces migrations n’ont pas créées. Si ce sont celles d’une révision, dites-le&#xa0;: tamponner consigne ce qui est déjà là, et un déploiement exécute la suite.</translation>
    </message>
    <message>
        <source>The database has revisions that this folder lacks</source>
        <translation>La base a des révisions qui manquent à ce dossier</translation>
    </message>
    <message>
        <source>It was migrated from a newer or another copy of the project. Bring the folder up to date and look again.</source>
        <translation>Elle a été migrée depuis une copie plus récente ou une autre copie du projet. Mettez le dossier à jour et regardez à nouveau.</translation>
    </message>
    <message>
        <source>Unknown here: {revisions}.</source>
        <translation>Inconnues ici&#xa0;: {revisions}.</translation>
    </message>
    <message>
        <source>Alembic&apos;s version table is empty or gone</source>
        <translation>La table des versions d’Alembic est vide ou a disparu</translation>
    </message>
    <message>
        <source>The ledger knows revisions that were applied, so running everything again would fail. Stamp the revision the database is at; the ledger names the last one.</source>
        <translation>Le registre connaît des révisions appliquées&#xa0;: tout réexécuter échouerait. Tamponnez la révision où en est la base&#xa0;; le registre nomme la dernière.</translation>
    </message>
    <message>
        <source>Last in the ledger: {revision}.</source>
        <translation>Dernière du registre&#xa0;: {revision}.</translation>
    </message>
    <message>
        <source>The project has several heads</source>
        <translation>Le projet a plusieurs têtes</translation>
    </message>
    <message>
        <source>Two people wrote a migration on the same one. A merge joins them.</source>
        <translation>Deux personnes ont écrit une migration à partir de la même. Une fusion les réunit.</translation>
    </message>
    <message>
        <source>Heads: {heads}.</source>
        <translation>Têtes&#xa0;: {heads}.</translation>
    </message>
    <message>
        <source>There is nothing to resolve</source>
        <translation>Il n’y a rien à résoudre</translation>
    </message>
    <message>
        <source>The migration {revision} is not in a failed state.</source>
        <translation>La migration {revision} n’est pas en échec.</translation>
    </message>
    <message>
        <source>The migration {revision} is recorded as applied already</source>
        <translation>La migration {revision} est déjà consignée comme appliquée</translation>
    </message>
    <message>
        <source>The migration “{revision}” could not be found</source>
        <translation>La migration «&#xa0;{revision}&#xa0;» est introuvable</translation>
    </message>
    <message>
        <source>Neither the folder nor the ledger knows it. Is its id complete?</source>
        <translation>Ni le dossier ni le registre ne la connaissent. Son identifiant est-il complet&#xa0;?</translation>
    </message>
    <message>
        <source>This way out can&apos;t be gone</source>
        <translation>Cette issue n’est pas possible</translation>
    </message>
    <message>
        <source>What is in the database was looked at anew just now.</source>
        <translation>Le contenu de la base vient d’être réexaminé.</translation>
    </message>
    <message>
        <source>The code can&apos;t be run</source>
        <translation>Le code ne peut pas être exécuté</translation>
    </message>
    <message>
        <source>The file was not written.</source>
        <translation>Le fichier n’a pas été écrit.</translation>
    </message>
    <message>
        <source>In {part}().</source>
        <translation>Dans {part}().</translation>
    </message>
    <message>
        <source>Line {line}.</source>
        <translation>Ligne {line}.</translation>
    </message>
    <message>
        <source>A file of this name exists already</source>
        <translation>Un fichier de ce nom existe déjà</translation>
    </message>
    <message>
        <source>Choose another name for the migration: {path}</source>
        <translation>Choisissez un autre nom pour la migration&#xa0;: {path}</translation>
    </message>
    <message>
        <source>The migration&apos;s file can&apos;t be written</source>
        <translation>Le fichier de la migration ne peut pas être écrit</translation>
    </message>
    <message>
        <source>Check the folder&apos;s permissions: {path}</source>
        <translation>Vérifiez les droits du dossier&#xa0;: {path}</translation>
    </message>
    <message>
        <source>The reason given: “{words}”.</source>
        <translation>Raison donnée&#xa0;: «&#xa0;{words}&#xa0;».</translation>
    </message>
    <message>
        <source>Interpreter: {python}.</source>
        <translation>Interpréteur&#xa0;: {python}.</translation>
    </message>
    <message>
        <source>That is left to Prisma</source>
        <translation>Cela est laissé à Prisma</translation>
    </message>
    <message>
        <source>This is a Prisma project, and its schema language is its own. Run: {command}</source>
        <translation>C’est un projet Prisma, et son langage de schéma lui est propre. Lancez&#xa0;: {command}</translation>
    </message>
    <message>
        <source>This is no Prisma project</source>
        <translation>Ce n’est pas un projet Prisma</translation>
    </message>
    <message>
        <source>Only a Prisma project can be taken over: {place}</source>
        <translation>Seul un projet Prisma peut être repris&#xa0;: {place}</translation>
    </message>
    <message>
        <source>Migrations have failed</source>
        <translation>Des migrations ont échoué</translation>
    </message>
    <message>
        <source>Resolve them first, then take the database over: {revisions}</source>
        <translation>Réglez-les d’abord, puis reprenez la base&#xa0;: {revisions}</translation>
    </message>
    <message>
        <source>Migrations are pending</source>
        <translation>Des migrations sont en attente</translation>
    </message>
    <message>
        <source>Deploy them first, or remove their folders: {revisions}</source>
        <translation>Déployez-les d’abord, ou retirez leurs dossiers&#xa0;: {revisions}</translation>
    </message>
    <message>
        <source>Migrations are being run right now</source>
        <translation>Des migrations sont en cours d’exécution</translation>
    </message>
    <message>
        <source>Wait until they are done.</source>
        <translation>Attendez qu’elles soient finies.</translation>
    </message>
    <message>
        <source>There is nothing to take over</source>
        <translation>Il n’y a rien à reprendre</translation>
    </message>
    <message>
        <source>The schema {schema} has no tables.</source>
        <translation>Le schéma {schema} n’a pas de tables.</translation>
    </message>
    <message>
        <source>Alembic has been at work here already</source>
        <translation>Alembic a déjà travaillé ici</translation>
    </message>
    <message>
        <source>Its table names {revisions}. Open that project.</source>
        <translation>Sa table nomme {revisions}. Ouvrez ce projet.</translation>
    </message>
    <message>
        <source>There is something already</source>
        <translation>Il y a déjà quelque chose</translation>
    </message>
    <message>
        <source>Nothing was written into {folder}, where {files} is. Name another folder.</source>
        <translation>Rien n’a été écrit dans {folder}, où se trouve {files}. Nommez un autre dossier.</translation>
    </message>
    <message>
        <source>The folder can&apos;t be written</source>
        <translation>Le dossier n’est pas accessible en écriture</translation>
    </message>
    <message>
        <source>{folder}: {words}</source>
        <translation>{folder}&#xa0;: {words}</translation>
    </message>
    <message>
        <source>The schema could not be read</source>
        <translation>Le schéma n’a pas pu être lu</translation>
    </message>
    <message>
        <source>It could not be built again</source>
        <translation>Cela n’a pas pu être reconstruit</translation>
    </message>
    <message>
        <source>Nothing was written. On an empty database the baseline fails: {words}</source>
        <translation>Rien n’a été écrit. Sur une base vide, la base de départ échoue&#xa0;: {words}</translation>
    </message>
    <message>
        <source>The schema does not stand by itself</source>
        <translation>Le schéma ne tient pas seul</translation>
    </message>
    <message>
        <source>Nothing was written. A foreign key leads out of {schema}, to {words}.</source>
        <translation>Rien n’a été écrit. Une clé étrangère sort de {schema}, vers {words}.</translation>
    </message>
    <message>
        <source>The baseline would build something else</source>
        <translation>La base de départ construirait autre chose</translation>
    </message>
    <message>
        <source>Nothing was written. What differs: {words}</source>
        <translation>Rien n’a été écrit. Ce qui diffère&#xa0;: {words}</translation>
    </message>
    <message>
        <source>Models can&apos;t say what is there</source>
        <translation>Les modèles ne savent pas dire ce qui est là</translation>
    </message>
    <message>
        <source>Nothing was written. Alembic would find these differences: {words}</source>
        <translation>Rien n’a été écrit. Alembic trouverait ces différences&#xa0;: {words}</translation>
    </message>
    <message>
        <source>Prisma&apos;s migrations have no way back</source>
        <translation>Les migrations de Prisma n’ont pas de retour</translation>
    </message>
    <message>
        <source>Write a new migration that undoes it, or restore a backup.</source>
        <translation>Écrivez une nouvelle migration qui la défait, ou restaurez une sauvegarde.</translation>
    </message>
    <message>
        <source>The migration {revision} has no migration.sql</source>
        <translation>La migration {revision} n’a pas de migration.sql</translation>
    </message>
    <message>
        <source>Restore the file, or delete the folder: {path}</source>
        <translation>Restaurez le fichier, ou supprimez le dossier&#xa0;: {path}</translation>
    </message>
    <message>
        <source>The project&apos;s migrations are not for PostgreSQL</source>
        <translation>Les migrations du projet ne sont pas pour PostgreSQL</translation>
    </message>
    <message>
        <source>They are for {provider}, as {file} says.</source>
        <translation>Elles sont pour {provider}, d’après {file}.</translation>
    </message>
    <message>
        <source>Prisma&apos;s lock can&apos;t be held through a pooler</source>
        <translation>Le verrou de Prisma ne tient pas à travers un pooler</translation>
    </message>
    <message>
        <source>Connect to the server itself: Prisma calls that directUrl.</source>
        <translation>Connectez-vous au serveur lui-même&#xa0;: Prisma appelle cela directUrl.</translation>
    </message>
    <message>
        <source>Nothing is recorded in this database</source>
        <translation>Rien n’est consigné dans cette base</translation>
    </message>
    <message>
        <source>It has no table _prisma_migrations.</source>
        <translation>Elle n’a pas de table _prisma_migrations.</translation>
    </message>
    <message>
        <source>Some migrations are not in this database yet</source>
        <translation>Des migrations manquent encore à cette base</translation>
    </message>
    <message>
        <source>Deploy them first: compared now, the database would lack what they make.</source>
        <translation>Déployez-les d’abord&#xa0;: comparée maintenant, la base manquerait de ce qu’elles créent.</translation>
    </message>
    <message>
        <source>It is at: {current}.</source>
        <translation>Elle en est à&#xa0;: {current}.</translation>
    </message>
    <message>
        <source>There is one head only</source>
        <translation>Il n’y a qu’une tête</translation>
    </message>
    <message>
        <source>Nothing is to be merged.</source>
        <translation>Il n’y a rien à fusionner.</translation>
    </message>
    <message>
        <source>The version table says something else by now</source>
        <translation>La table des versions indique maintenant autre chose</translation>
    </message>
    <message>
        <source>Somebody else changed it meanwhile. Look again before anything is decided.</source>
        <translation>Quelqu’un d’autre l’a modifiée entre-temps. Regardez à nouveau avant toute décision.</translation>
    </message>
    <message>
        <source>It says: {revisions}.</source>
        <translation>Elle indique&#xa0;: {revisions}.</translation>
    </message>
    <message>
        <source>What the migration {revision} builds on is not applied</source>
        <translation>Ce sur quoi repose la migration {revision} n’est pas appliqué</translation>
    </message>
    <message>
        <source>These come first: {revisions}.</source>
        <translation>À appliquer d’abord&#xa0;: {revisions}.</translation>
    </message>
    <message>
        <source>How the migration {revision} ended could not be recorded</source>
        <translation>La fin de la migration {revision} n’a pas pu être consignée</translation>
    </message>
    <message>
        <source>The connection of the ledger broke. What the revision did stands; its row in the ledger is open, so that it will be shown as interrupted. Resolve it: what is in the database decides.</source>
        <translation>La connexion du registre s’est rompue. Ce que la révision a fait demeure&#xa0;; sa ligne du registre reste ouverte, elle sera donc affichée comme interrompue. Résolvez-la&#xa0;: le contenu de la base décide.</translation>
    </message>
    <message>
        <source>The process that runs the project&apos;s code ended unexpectedly</source>
        <translation>Le processus qui exécute le code du projet s’est terminé de façon inattendue</translation>
    </message>
    <message>
        <source>Look again: if a revision was running, it is shown as interrupted.</source>
        <translation>Regardez à nouveau&#xa0;: si une révision était en cours, elle est affichée comme interrompue.</translation>
    </message>
    <message>
        <source>Its exit status: {status}.</source>
        <translation>Son code de sortie&#xa0;: {status}.</translation>
    </message>
    <message>
        <source>The server process {pid} runs no migration</source>
        <translation>Le processus serveur {pid} n’exécute aucune migration</translation>
    </message>
    <message>
        <source>It has ended already, or it is somebody else&apos;s. Nothing was ended.</source>
        <translation>Il est déjà terminé, ou appartient à quelqu’un d’autre. Rien n’a été arrêté.</translation>
    </message>
    <message>
        <source>The ledger on this machine can&apos;t be used</source>
        <translation>Le registre de cette machine est inutilisable</translation>
    </message>
    <message>
        <source>Its file: {file}</source>
        <translation>Son fichier&#xa0;: {file}</translation>
    </message>
    <message>
        <source>What comes before can&apos;t be replayed</source>
        <translation>Ce qui précède ne peut pas être rejoué</translation>
    </message>
    <message>
        <source>On a throwaway database the migration {revision} failed. Yours was not touched.</source>
        <translation>Sur une base d’essai, la migration {revision} a échoué. La vôtre n’a pas été touchée.</translation>
    </message>
    <message>
        <source>On a throwaway database it failed too</source>
        <translation>Sur une base d’essai, elle a échoué aussi</translation>
    </message>
    <message>
        <source>On a throwaway database a statement did not end in time</source>
        <translation>Sur une base d’essai, une instruction ne s’est pas terminée à temps</translation>
    </message>
    <message>
        <source>The migration {revision} waits there, or takes long. Yours was not touched.</source>
        <translation>La migration {revision} y attend, ou y dure longtemps. La vôtre n’a pas été touchée.</translation>
    </message>
    <message>
        <source>On a throwaway database it ran other statements than here</source>
        <translation>Sur une base d’essai, elle a exécuté d’autres instructions qu’ici</translation>
    </message>
    <message>
        <source>The migration that would be written can&apos;t be read again</source>
        <translation>La migration qui serait écrite ne peut pas être relue</translation>
    </message>
    <message>
        <source>The project&apos;s template (script.py.mako) writes files in another form. Nothing was kept: {path}</source>
        <translation>Le gabarit du projet (script.py.mako) écrit des fichiers d’une autre forme. Rien n’a été gardé&#xa0;: {path}</translation>
    </message>
    <message>
        <source>The project has other heads by now</source>
        <translation>Le projet a maintenant d’autres têtes</translation>
    </message>
    <message>
        <source>A migration came in meanwhile. Copy what you wrote, and draft it anew on the new heads.</source>
        <translation>Une migration est arrivée entre-temps. Copiez ce que vous avez écrit, et refaites l’ébauche sur les nouvelles têtes.</translation>
    </message>
    <message>
        <source>The project names no models</source>
        <translation>Le projet ne désigne aucun modèle</translation>
    </message>
    <message>
        <source>Its env.py sets no target_metadata, so there is nothing to compare with.</source>
        <translation>Son env.py ne définit pas target_metadata&#xa0;: il n’y a rien à comparer.</translation>
    </message>
    <message>
        <source>The SQL that brings the database to the models can&apos;t be told</source>
        <translation>Le SQL qui aligne la base sur les modèles ne peut pas être établi</translation>
    </message>
    <message>
        <source>Nothing was changed. A migration can be written instead, and edited by hand.</source>
        <translation>Rien n’a été modifié. Une migration peut être écrite à la place, puis modifiée à la main.</translation>
    </message>
    <message>
        <source>“{old}” can&apos;t be renamed to “{new}”</source>
        <translation>«&#xa0;{old}&#xa0;» ne peut pas être renommée en «&#xa0;{new}&#xa0;»</translation>
    </message>
    <message>
        <source>Models or database changed meanwhile. Compare them again.</source>
        <translation>Les modèles ou la base ont changé entre-temps. Comparez-les à nouveau.</translation>
    </message>
    <message>
        <source>The ledger can&apos;t be created in this database</source>
        <translation>Le registre ne peut pas être créé dans cette base</translation>
    </message>
    <message>
        <source>The role may not create tables in the schema “{schema}”. Its owner can GRANT CREATE, or the ledger is kept on this machine.</source>
        <translation>Le rôle ne peut pas créer de tables dans le schéma «&#xa0;{schema}&#xa0;». Le propriétaire du schéma peut accorder GRANT CREATE&#xa0;; sinon, le registre est gardé sur cette machine.</translation>
    </message>
    <message>
        <source>No throwaway database could be made</source>
        <translation>Aucune base d’essai n’a pu être créée</translation>
    </message>
    <message>
        <source>Rehearsals and tests need one. Your database was not touched.</source>
        <translation>Les répétitions et les tests en demandent une. Votre base n’a pas été touchée.</translation>
    </message>
    <message>
        <source>Its script_location names a package that is not to be found.</source>
        <translation>Son script_location désigne un paquet introuvable.</translation>
    </message>
    <message>
        <source>Its script_location is missing or leads nowhere.</source>
        <translation>Son script_location manque ou ne mène nulle part.</translation>
    </message>
    <message>
        <source>The file is malformed.</source>
        <translation>Le fichier est mal formé.</translation>
    </message>
    <message>
        <source>One of its options can&apos;t be understood.</source>
        <translation>Une de ses options est incompréhensible.</translation>
    </message>
    <message>
        <source>The configuration has no such section.</source>
        <translation>La configuration n’a pas de section de ce nom.</translation>
    </message>
    <message>
        <source>The file can&apos;t be read.</source>
        <translation>Le fichier ne peut pas être lu.</translation>
    </message>
    <message>
        <source>Its Python interpreter can&apos;t be started.</source>
        <translation>Son interpréteur Python ne peut pas être lancé.</translation>
    </message>
    <message>
        <source>Its env.py can&apos;t be loaded.</source>
        <translation>Son env.py ne peut pas être chargé.</translation>
    </message>
    <message>
        <source>Its interpreter has no Alembic.</source>
        <translation>Son interpréteur n’a pas Alembic.</translation>
    </message>
    <message>
        <source>Its env.py connects to another database than this one, so nothing was run.</source>
        <translation>Son env.py se connecte à une autre base que celle-ci&#xa0;: rien n’a été exécuté.</translation>
    </message>
    <message>
        <source>Its env.py connects to another server than this one, so nothing was run.</source>
        <translation>Son env.py se connecte à un autre serveur que celui-ci&#xa0;: rien n’a été exécuté.</translation>
    </message>
    <message>
        <source>Its env.py could not connect.</source>
        <translation>Son env.py n’a pas pu se connecter.</translation>
    </message>
    <message>
        <source>Its interpreter has no driver for PostgreSQL (psycopg, psycopg2 or asyncpg).</source>
        <translation>Son interpréteur n’a pas de pilote pour PostgreSQL (psycopg, psycopg2 ou asyncpg).</translation>
    </message>
    <message>
        <source>Alembic can&apos;t read its revision files.</source>
        <translation>Alembic ne peut pas lire ses fichiers de révision.</translation>
    </message>
    <message>
        <source>Its models could not be compared with the database.</source>
        <translation>Ses modèles n’ont pas pu être comparés à la base.</translation>
    </message>
    <message>
        <source>The file says no revision.</source>
        <translation>Le fichier ne déclare pas de révision.</translation>
    </message>
    <message>
        <source>The file computes its revision, where it should say it.</source>
        <translation>Le fichier calcule sa révision au lieu de la déclarer en clair.</translation>
    </message>
    <message>
        <source>Two files say the same revision.</source>
        <translation>Deux fichiers déclarent la même révision.</translation>
    </message>
    <message>
        <source>A revision builds on one that no file says.</source>
        <translation>Une révision repose sur une autre qu’aucun fichier ne déclare.</translation>
    </message>
    <message>
        <source>A revision depends on one that no file says.</source>
        <translation>Une révision dépend d’une autre qu’aucun fichier ne déclare.</translation>
    </message>
    <message>
        <source>Revisions build on one another in a circle.</source>
        <translation>Des révisions reposent en cercle les unes sur les autres.</translation>
    </message>
    <message>
        <source>A migration&apos;s folder has no migration.sql.</source>
        <translation>Le dossier d’une migration n’a pas de migration.sql.</translation>
    </message>
    <message>
        <source>The migrations are for another kind of database.</source>
        <translation>Les migrations sont pour une autre sorte de base.</translation>
    </message>
    <message>
        <source>Prisma&apos;s migrations have no way back.</source>
        <translation>Les migrations de Prisma n’ont pas de retour.</translation>
    </message>
    <message>
        <source>There is nothing to run.</source>
        <translation>Il n’y a rien à exécuter.</translation>
    </message>
    <message>
        <source>The database is too large to be copied with its rows.</source>
        <translation>La base est trop volumineuse pour être copiée avec ses lignes.</translation>
    </message>
    <message>
        <source>Only its owner may copy the database with its rows.</source>
        <translation>Seul son propriétaire peut copier la base avec ses lignes.</translation>
    </message>
    <message>
        <source>Others are connected, so that it can&apos;t be copied with its rows.</source>
        <translation>D’autres sont connectés&#xa0;: elle ne peut pas être copiée avec ses lignes.</translation>
    </message>
    <message>
        <source>It was cancelled.</source>
        <translation>L’opération a été annulée.</translation>
    </message>
    <message>
        <source>The server could not make one.</source>
        <translation>Le serveur n’a pas pu en créer une.</translation>
    </message>
    <message>
        <source>The embedded PostgreSQL could not make one.</source>
        <translation>Le PostgreSQL embarqué n’a pas pu en créer une.</translation>
    </message>
    <message>
        <source>Its schema could not be read:</source>
        <translation>Son schéma n’a pas pu être lu&#xa0;:</translation>
    </message>
    <message>
        <source>The copy could not be given its schema:</source>
        <translation>La copie n’a pas pu recevoir son schéma&#xa0;:</translation>
    </message>
    <message>
        <source>The throwaway database has not these extensions:</source>
        <translation>La base d’essai n’a pas ces extensions&#xa0;:</translation>
    </message>
    <message>
        <source>A program that fits the server&apos;s version is missing:</source>
        <translation>Il manque un programme adapté à la version du serveur&#xa0;:</translation>
    </message>
    <message>
        <source>The role may not create databases, and there is no embedded PostgreSQL here.</source>
        <translation>Le rôle ne peut pas créer de bases, et il n’y a pas de PostgreSQL embarqué ici.</translation>
    </message>
    <message>
        <source>Line: {line}.</source>
        <translation>Ligne&#xa0;: {line}.</translation>
    </message>
    <message>
        <source>The seed did not run</source>
        <translation>Les données initiales n’ont pas été insérées</translation>
    </message>
    <message>
        <source>This connection is marked “{environment}”.</source>
        <translation>Cette connexion est marquée «&#xa0;{environment}&#xa0;».</translation>
    </message>
    <message>
        <source>The seed “{seed}” knows no scale</source>
        <translation>Le jeu de données «&#xa0;{seed}&#xa0;» n’a pas d’échelle</translation>
    </message>
    <message>
        <source>A Python function that takes a connection and a scale does.</source>
        <translation>Seule une fonction Python qui prend une connexion et une échelle en a une.</translation>
    </message>
    <message>
        <source>The seed “{seed}” may not run here</source>
        <translation>Le jeu de données «&#xa0;{seed}&#xa0;» ne peut pas être exécuté ici</translation>
    </message>
    <message>
        <source>This connection is marked “{environment}”, which is none of the environments that the seed names.</source>
        <translation>Cette connexion est marquée «&#xa0;{environment}&#xa0;», qui n’est pas l’un des environnements désignés par le jeu de données.</translation>
    </message>
    <message>
        <source>The seed “{seed}” failed</source>
        <translation>Le jeu de données «&#xa0;{seed}&#xa0;» a échoué</translation>
    </message>
    <message>
        <source>All of it was taken back: nothing was changed.</source>
        <translation>Tout a été annulé&#xa0;: rien n’a été modifié.</translation>
    </message>
    <message>
        <source>Place: {where}.</source>
        <translation>Emplacement&#xa0;: {where}.</translation>
    </message>
    <message>
        <source>A seed must not begin or end a transaction</source>
        <translation>Un jeu de données ne doit ni ouvrir ni terminer de transaction</translation>
    </message>
    <message>
        <source>It runs in one transaction of Nexus Studio&apos;s. Take BEGIN, COMMIT and ROLLBACK out of “{seed}”.</source>
        <translation>Il est exécuté dans une seule transaction, ouverte par Nexus Studio. Retirez BEGIN, COMMIT et ROLLBACK de «&#xa0;{seed}&#xa0;».</translation>
    </message>
    <message>
        <source>The seed “{seed}” can&apos;t be tried</source>
        <translation>Le jeu de données «&#xa0;{seed}&#xa0;» ne peut pas être essayé à blanc</translation>
    </message>
    <message>
        <source>Its function takes no connection: what it writes by itself could not be taken back.</source>
        <translation>Sa fonction ne reçoit pas de connexion&#xa0;: ce qu’elle écrit elle-même ne pourrait pas être annulé.</translation>
    </message>
    <message>
        <source>A line of the seed is meant for psql</source>
        <translation>Une ligne du jeu de données est destinée à psql</translation>
    </message>
    <message>
        <source>Lines that begin with a backslash are psql&apos;s own commands, not PostgreSQL&apos;s.</source>
        <translation>Les lignes qui commencent par une barre oblique inverse sont des commandes de psql, non de PostgreSQL.</translation>
    </message>
    <message>
        <source>The line of a COPY goes on behind its semicolon</source>
        <translation>La ligne d’un COPY continue après son point-virgule</translation>
    </message>
    <message>
        <source>Its rows begin on the next line. Put what stands there below them.</source>
        <translation>Ses lignes de données commencent à la ligne suivante. Placez le reste au-dessous d’elles.</translation>
    </message>
    <message>
        <source>A file of the seed can&apos;t be read</source>
        <translation>Un fichier du jeu de données ne peut pas être lu</translation>
    </message>
    <message>
        <source>It must be there, and be text in UTF-8.</source>
        <translation>Il doit exister et contenir du texte en UTF-8.</translation>
    </message>
    <message>
        <source>No table is called as the file is</source>
        <translation>Aucune table ne porte le nom du fichier</translation>
    </message>
    <message>
        <source>{file} is for the table of its name: users.csv for users, billing.users.csv too.</source>
        <translation>{file} est destiné à la table dont il porte le nom&#xa0;: users.csv pour users, billing.users.csv pour billing.users.</translation>
    </message>
    <message>
        <source>The file does not begin with names of columns</source>
        <translation>Le fichier ne commence pas par des noms de colonnes</translation>
    </message>
    <message>
        <source>The first line of {file} must name each column once.</source>
        <translation>La première ligne de {file} doit nommer chaque colonne une seule fois.</translation>
    </message>
    <message>
        <source>The table has no column “{column}”</source>
        <translation>La table n’a pas de colonne «&#xa0;{column}&#xa0;»</translation>
    </message>
    <message>
        <source>The first line of {file} names it.</source>
        <translation>La première ligne de {file} la nomme.</translation>
    </message>
    <message>
        <source>Nothing tells the rows of {file} apart</source>
        <translation>Rien ne distingue les lignes de {file} entre elles</translation>
    </message>
    <message>
        <source>Its columns hold no key of {relation}, so that each run would add the rows again. Add the key&apos;s columns, or write idempotent = false into seed.toml.</source>
        <translation>Ses colonnes ne contiennent aucune clé de {relation}&#xa0;: chaque exécution ajouterait à nouveau les lignes. Ajoutez les colonnes de la clé, ou écrivez idempotent = false dans seed.toml.</translation>
    </message>
    <message>
        <source>The project&apos;s Python could not run the seed “{seed}”</source>
        <translation>Le Python du projet n’a pas pu exécuter le jeu de données «&#xa0;{seed}&#xa0;»</translation>
    </message>
    <message>
        <source>The project&apos;s folder is gone</source>
        <translation>Le dossier du projet a disparu</translation>
    </message>
    <message>
        <source>The project does not say where its seeds are</source>
        <translation>Le projet n’indique pas où sont ses jeux de données</translation>
    </message>
    <message>
        <source>[tool.nexus-studio] of {file} can&apos;t be understood.</source>
        <translation>[tool.nexus-studio] de {file} est incompréhensible.</translation>
    </message>
    <message>
        <source>A seed can&apos;t be called that</source>
        <translation>Un jeu de données ne peut pas porter ce nom</translation>
    </message>
    <message>
        <source>Letters, digits and hyphens make a name.</source>
        <translation>Un nom se compose de lettres, de chiffres et de traits d’union.</translation>
    </message>
    <message>
        <source>There is a seed “{seed}” already</source>
        <translation>Le jeu de données «&#xa0;{seed}&#xa0;» existe déjà</translation>
    </message>
    <message>
        <source>{file} was not touched. Choose another name.</source>
        <translation>{file} n’a pas été touché. Choisissez un autre nom.</translation>
    </message>
    <message>
        <source>These edits can&apos;t be kept as a seed</source>
        <translation>Ces modifications ne peuvent pas être gardées comme jeu de données</translation>
    </message>
    <message>
        <source>{relation} has no key by which its rows could be found in another database.</source>
        <translation>{relation} n’a pas de clé qui permette de retrouver ses lignes dans une autre base.</translation>
    </message>
    <message>
        <source>The seed could not be written</source>
        <translation>Le jeu de données n’a pas pu être écrit</translation>
    </message>
    <message>
        <source>It can&apos;t be started.</source>
        <translation>Il ne peut pas être lancé.</translation>
    </message>
    <message>
        <source>It has no SQLAlchemy.</source>
        <translation>SQLAlchemy n’y est pas installé.</translation>
    </message>
    <message>
        <source>It has no driver for PostgreSQL (psycopg, psycopg2, pg8000).</source>
        <translation>Il n’a pas de pilote pour PostgreSQL (psycopg, psycopg2, pg8000).</translation>
    </message>
    <message>
        <source>It ended in the middle.</source>
        <translation>Il s’est arrêté en cours de route.</translation>
    </message>
    <message>
        <source>The filter names a column that is not there</source>
        <translation>Le filtre désigne une colonne absente</translation>
    </message>
    <message>
        <source>“{column}” may have been renamed or dropped.</source>
        <translation>«&#xa0;{column}&#xa0;» a peut-être été renommée ou supprimée.</translation>
    </message>
    <message>
        <source>This comparison does not fit the column</source>
        <translation>Cette comparaison ne convient pas à la colonne</translation>
    </message>
    <message>
        <source>“{column}” can&apos;t be compared that way.</source>
        <translation>«&#xa0;{column}&#xa0;» ne peut pas être comparée ainsi.</translation>
    </message>
    <message>
        <source>The filter lacks a value</source>
        <translation>Il manque une valeur au filtre</translation>
    </message>
    <message>
        <source>The comparison of “{column}” needs another number of values.</source>
        <translation>La comparaison de «&#xa0;{column}&#xa0;» demande un autre nombre de valeurs.</translation>
    </message>
    <message>
        <source>This is not one expression</source>
        <translation>Ce n’est pas une expression unique</translation>
    </message>
    <message>
        <source>Look at character {position}.</source>
        <translation>Voyez le caractère {position}.</translation>
    </message>
    <message>
        <source>PostgreSQL does not take this filter</source>
        <translation>PostgreSQL n’accepte pas ce filtre</translation>
    </message>
    <message>
        <source>These rows can&apos;t be sorted that way</source>
        <translation>Ces lignes ne peuvent pas être triées ainsi</translation>
    </message>
    <message>
        <source>PostgreSQL has no order for the type of “{column}”.</source>
        <translation>PostgreSQL n’a pas d’ordre pour le type de «&#xa0;{column}&#xa0;».</translation>
    </message>
    <message>
        <source>Prisma manages this database&apos;s migrations</source>
        <translation>Prisma gère les migrations de cette base</translation>
    </message>
    <message>
        <source>No migrations are recorded in this database</source>
        <translation>Aucune migration n’est consignée dans cette base</translation>
    </message>
    <message>
        <source>The database is at a revision that this project does not know</source>
        <translation>La base est à une révision que ce projet ne connaît pas</translation>
    </message>
    <message>
        <source>It was probably migrated from a newer or another project.</source>
        <translation>Elle a probablement été migrée depuis un projet plus récent ou un autre projet.</translation>
    </message>
    <message>
        <source>There is no saved connection “{name}”</source>
        <translation>Il n’y a pas de connexion enregistrée «&#xa0;{name}&#xa0;»</translation>
    </message>
    <message>
        <source>There is no seed “{seed}”</source>
        <translation>Il n’y a pas de jeu de données initiales «&#xa0;{seed}&#xa0;»</translation>
    </message>
    <message>
        <source>The scale of the seed must be 1 or more</source>
        <translation>L’échelle des données initiales doit être d’au moins 1</translation>
    </message>
    <message>
        <source>No database is open</source>
        <translation>Aucune base n’est ouverte</translation>
    </message>
    <message>
        <source>PostgreSQL refused this</source>
        <translation>PostgreSQL a refusé</translation>
    </message>
    <message>
        <source>The demo&apos;s PostgreSQL did not start</source>
        <translation>Le PostgreSQL de démonstration n’a pas démarré</translation>
    </message>
    <message>
        <source>Its data is in {data_dir}.</source>
        <translation>Ses données sont dans {data_dir}.</translation>
    </message>
    <message>
        <source>The samples of sizes can&apos;t be used</source>
        <translation>Les relevés de taille sont inutilisables</translation>
    </message>
    <message>
        <source>They are kept in {file}. The system says: {words}</source>
        <translation>Ils sont conservés dans {file}. Le système indique&#xa0;: {words}</translation>
    </message>
    <message>
        <source>A later Nexus Studio has written the samples of sizes</source>
        <translation>Une version plus récente de Nexus Studio a écrit les relevés de taille</translation>
    </message>
    <message>
        <source>They are kept in {file}. Use the later one, or put that file elsewhere.</source>
        <translation>Ils sont conservés dans {file}. Utilisez la version plus récente, ou déplacez ce fichier.</translation>
    </message>
    <message>
        <source>They are: {names}.</source>
        <translation>Il s’agit de&#xa0;: {names}.</translation>
    </message>
    <message>
        <source>The safety backup: {backup}.</source>
        <translation>Sauvegarde de sécurité&#xa0;: {backup}.</translation>
    </message>
    <message>
        <source>That can&apos;t be done now</source>
        <translation>C’est impossible pour l’instant</translation>
    </message>
    <message>
        <source>The reset stopped half way</source>
        <translation>La réinitialisation s’est arrêtée en cours de route</translation>
    </message>
    <message>
        <source>The old rows are gone. It can be gone on with, from where it stood.</source>
        <translation>Les anciennes lignes ont disparu. La réinitialisation peut reprendre là où elle en était.</translation>
    </message>
    <message>
        <source>It stopped at the migration {revision}.</source>
        <translation>Elle s’est arrêtée à la migration {revision}.</translation>
    </message>
    <message>
        <source>Others are connected to the database</source>
        <translation>D’autres sont connectés à la base</translation>
    </message>
    <message>
        <source>Nothing was changed. Have them leave, or choose that they are ended.</source>
        <translation>Rien n’a été modifié. Demandez-leur de se déconnecter, ou choisissez de fermer leurs connexions.</translation>
    </message>
    <message>
        <source>Your role may not end a connection of another role</source>
        <translation>Votre rôle n’a pas le droit de mettre fin à une connexion d’un autre rôle</translation>
    </message>
    <message>
        <source>Have it leave, or connect as a member of its role or of pg_signal_backend. Only superusers may end superusers’ connections.</source>
        <translation>Faites-la fermer, ou connectez-vous en tant que membre de son rôle ou de pg_signal_backend. Seul un superutilisateur peut mettre fin aux connexions d’un superutilisateur.</translation>
    </message>
    <message>
        <source>More would be lost than was said</source>
        <translation>Les pertes dépasseraient ce qui était annoncé</translation>
    </message>
    <message>
        <source>Something was added meanwhile, so that nothing was touched. Look again.</source>
        <translation>Des éléments ont été ajoutés entre-temps&#xa0;: rien n’a été touché. Regardez à nouveau.</translation>
    </message>
    <message>
        <source>The safety backup could not be made</source>
        <translation>La sauvegarde de sécurité n’a pas pu être effectuée</translation>
    </message>
    <message>
        <source>Nothing was changed. It was to be written to {folder}.</source>
        <translation>Rien n’a été modifié. La sauvegarde devait être écrite dans {folder}.</translation>
    </message>
    <message>
        <source>There is no schema “{schema}”</source>
        <translation>Le schéma «&#xa0;{schema}&#xa0;» n’existe pas</translation>
    </message>
    <message>
        <source>There is no table {relation}</source>
        <translation>La table {relation} n’existe pas</translation>
    </message>
    <message>
        <source>No table is chosen</source>
        <translation>Aucune table n’est choisie</translation>
    </message>
    <message>
        <source>{relation} is not emptied</source>
        <translation>La table {relation} n’est pas vidée</translation>
    </message>
    <message>
        <source>It says which migrations were applied: without it, nobody could tell.</source>
        <translation>Elle indique quelles migrations ont été appliquées&#xa0;: sans elle, nul ne pourrait le savoir.</translation>
    </message>
    <message>
        <source>A reset of this database is not done</source>
        <translation>Une réinitialisation de cette base est inachevée</translation>
    </message>
    <message>
        <source>It began at {started}. Go on with it, or give it up, on the page Reset.</source>
        <translation>Elle a commencé le {started}. Reprenez-la ou abandonnez-la, sur la page «&#xa0;Réinitialisation&#xa0;».</translation>
    </message>
    <message>
        <source>No reset of this database waits to be gone on with</source>
        <translation>Aucune réinitialisation de cette base n’est à reprendre</translation>
    </message>
    <message>
        <source>This database is being reset just now</source>
        <translation>Cette base est en cours de réinitialisation</translation>
    </message>
    <message>
        <source>What an earlier reset noted can&apos;t be read</source>
        <translation>La trace d’une réinitialisation précédente ne peut pas être lue</translation>
    </message>
    <message>
        <source>Look at the database, then remove {file}. Nothing is reset before that.</source>
        <translation>Examinez la base, puis supprimez {file}. Rien n’est réinitialisé avant cela.</translation>
    </message>
    <message>
        <source>A reset can&apos;t be noted, and so it is not done</source>
        <translation>La réinitialisation ne peut pas être consignée&#xa0;: elle n’est donc pas effectuée</translation>
    </message>
    <message>
        <source>That can&apos;t be done through a pooler</source>
        <translation>C’est impossible à travers un pooler</translation>
    </message>
    <message>
        <source>Connect to the server itself: a pooler keeps connections to the database.</source>
        <translation>Connectez-vous au serveur lui-même&#xa0;: un pooler garde des connexions ouvertes à la base.</translation>
    </message>
    <message>
        <source>The database is not the one it was</source>
        <translation>La base n’est plus celle qu’elle était</translation>
    </message>
    <message>
        <source>Another one is called {database} by now. Nothing was touched.</source>
        <translation>Une autre base porte désormais le nom {database}. Rien n’a été touché.</translation>
    </message>
    <message>
        <source>What is to be kept needs what is to go</source>
        <translation>Ce qui doit être gardé dépend de ce qui doit disparaître</translation>
    </message>
    <message>
        <source>Keep more schemas, or fewer.</source>
        <translation>Conservez davantage de schémas, ou moins.</translation>
    </message>
    <message>
        <source>No migration would be applied after that</source>
        <translation>Aucune migration ne serait appliquée ensuite</translation>
    </message>
    <message>
        <source>The version table is in the schema {schema}, which is not emptied. Choose that one too, or no migrations.</source>
        <translation>La table des versions est dans le schéma {schema}, qui n’est pas vidé. Choisissez-le aussi, ou renoncez aux migrations.</translation>
    </message>
    <message>
        <source>The schemas could not be kept</source>
        <translation>Les schémas n’ont pas pu être conservés</translation>
    </message>
    <message>
        <source>The database is as it was.</source>
        <translation>La base est restée telle quelle.</translation>
    </message>
    <message>
        <source>A database can&apos;t be recreated while others are connected</source>
        <translation>Une base ne peut pas être recréée tant que d’autres y sont connectés</translation>
    </message>
    <message>
        <source>Your role may not make databases of this kind</source>
        <translation>Votre rôle n’est pas autorisé à créer ce genre de base</translation>
    </message>
    <message>
        <source>It must be allowed to create databases, and be a member of {owner}.</source>
        <translation>Il doit avoir le droit de créer des bases de données et être membre de {owner}.</translation>
    </message>
    <message>
        <source>The migration {revision} failed</source>
        <translation>La migration {revision} a échoué</translation>
    </message>
    <message>
        <source>There is no shelf “{name}” of this database</source>
        <translation>Cette base n’a pas d’étagère «&#xa0;{name}&#xa0;»</translation>
    </message>
    <message>
        <source>There is a shelf “{name}” already</source>
        <translation>L’étagère «&#xa0;{name}&#xa0;» existe déjà</translation>
    </message>
    <message>
        <source>Choose another name, or drop that one first.</source>
        <translation>Choisissez un autre nom, ou supprimez d’abord cette étagère.</translation>
    </message>
    <message>
        <source>A shelf can&apos;t be called that</source>
        <translation>Une étagère ne peut pas porter ce nom</translation>
    </message>
    <message>
        <source>One line of up to 60 characters makes a name.</source>
        <translation>Un nom tient sur une seule ligne, en 60 caractères au plus.</translation>
    </message>
    <message>
        <source>The shelf “{name}” could not be put back</source>
        <translation>L’étagère «&#xa0;{name}&#xa0;» n’a pas pu être remise en place</translation>
    </message>
    <message>
        <source>Production is locked</source>
        <translation>La production est verrouillée</translation>
    </message>
    <message>
        <source>Nothing is written before somebody unlocks it, for a while and with a reason. Staged edits stay.</source>
        <translation>Rien n’y est écrit tant qu’elle n’a pas été déverrouillée, pour un temps limité et avec un motif. Les modifications en attente sont conservées.</translation>
    </message>
    <message>
        <source>Say why</source>
        <translation>Indiquez le motif</translation>
    </message>
    <message>
        <source>Production is unlocked for a reason, and it is written down.</source>
        <translation>La production ne se déverrouille qu’avec un motif, qui est consigné.</translation>
    </message>
    <message>
        <source>That is too long</source>
        <translation>Cette durée est trop longue</translation>
    </message>
    <message>
        <source>Production is unlocked for {most} minutes at most.</source>
        <translation>La production se déverrouille pour {most} minutes au plus.</translation>
    </message>
    <message>
        <source>Production stays locked</source>
        <translation>La production reste verrouillée</translation>
    </message>
    <message>
        <source>The reason could not be written to {file}.</source>
        <translation>Le motif n’a pas pu être écrit dans {file}.</translation>
    </message>
    <message>
        <source>“{database}” says that it is something else</source>
        <translation>«&#xa0;{database}&#xa0;» déclare un autre environnement</translation>
    </message>
    <message>
        <source>It declares itself “{declared}”, and this connection is marked “{chosen}”. What may be done there depends on it, so nothing was opened.</source>
        <translation>Elle se déclare «&#xa0;{declared}&#xa0;», alors que cette connexion est marquée «&#xa0;{chosen}&#xa0;». Ce qui y est permis en dépend&#xa0;: rien n’a donc été ouvert.</translation>
    </message>
    <message>
        <source>This role may not say what the database is for</source>
        <translation>Ce rôle n’est pas autorisé à déclarer l’usage de la base</translation>
    </message>
    <message>
        <source>Its owner can note it in the comment, a superuser can set it.</source>
        <translation>Le propriétaire de la base peut le noter dans le commentaire, un superutilisateur peut le définir.</translation>
    </message>
    <message>
        <source>Docker says: {words}</source>
        <translation>Docker indique&#xa0;: {words}</translation>
    </message>
    <message>
        <source>The system says: {words}.</source>
        <translation>Le système indique&#xa0;: {words}.</translation>
    </message>
    <message>
        <source>The edits that were kept can&apos;t be used</source>
        <translation>Les modifications gardées sont inutilisables</translation>
    </message>
    <message>
        <source>Your edits can&apos;t be kept on disk</source>
        <translation>Vos modifications ne peuvent pas être gardées sur le disque</translation>
    </message>
    <message>
        <source>They are still here and can be saved, but a crash would lose them. Make room in {folder}; it is tried again all the time.</source>
        <translation>Elles sont encore là et peuvent être enregistrées, mais une panne les perdrait. Faites de la place dans {folder}&#xa0;; un nouvel essai a lieu sans cesse.</translation>
    </message>
    <message>
        <source>Another Nexus Studio has these edits now</source>
        <translation>Un autre Nexus Studio a maintenant ces modifications</translation>
    </message>
    <message>
        <source>It was faster: look for them in its window.</source>
        <translation>Il a été plus rapide&#xa0;: cherchez-les dans sa fenêtre.</translation>
    </message>
    <message>
        <source>These edits are open in a Nexus Studio that runs</source>
        <translation>Ces modifications sont ouvertes dans un Nexus Studio en marche</translation>
    </message>
    <message>
        <source>Discard them in its window.</source>
        <translation>Abandonnez-les dans sa fenêtre.</translation>
    </message>
    <message>
        <source>The file of these edits can&apos;t be removed</source>
        <translation>Le fichier de ces modifications ne peut pas être supprimé</translation>
    </message>
    <message>
        <source>A newer Nexus Studio kept these edits</source>
        <translation>Un Nexus Studio plus récent a gardé ces modifications</translation>
    </message>
    <message>
        <source>This one can&apos;t read them. They stay where they are: restore them with that one.</source>
        <translation>Celui-ci ne sait pas les lire. Elles restent en place&#xa0;: restaurez-les avec l’autre.</translation>
    </message>
    <message>
        <source>Edits that were kept can&apos;t be read any more</source>
        <translation>Des modifications gardées ne sont plus lisibles</translation>
    </message>
    <message>
        <source>The file is damaged from its beginning on: {file}.</source>
        <translation>Le fichier est endommagé dès son début&#xa0;: {file}.</translation>
    </message>
    <message>
        <source>There are no such edits on this machine</source>
        <translation>Il n’y a pas de telles modifications sur cette machine</translation>
    </message>
    <message>
        <source>They were restored or discarded meanwhile.</source>
        <translation>Elles ont été restaurées ou abandonnées entre-temps.</translation>
    </message>
    <message>
        <source>Docker compose did not do it</source>
        <translation>Docker compose a échoué</translation>
    </message>
    <message>
        <source>The service is “{service}” in {folder}.</source>
        <translation>Il s’agit du service «&#xa0;{service}&#xa0;» dans {folder}.</translation>
    </message>
    <message>
        <source>Port {port} is taken</source>
        <translation>Le port {port} est déjà pris</translation>
    </message>
    <message>
        <source>“{service}” was not started. The next free port is {free_port}.</source>
        <translation>Le service «&#xa0;{service}&#xa0;» n’a pas été lancé. Le prochain port libre est {free_port}.</translation>
    </message>
    <message>
        <source>{owner} holds port {port}.</source>
        <translation>Le port {port} est occupé par {owner}.</translation>
    </message>
    <message>
        <source>The compose file has the port itself</source>
        <translation>Le port est écrit en dur dans le fichier compose</translation>
    </message>
    <message>
        <source>{file} publishes port {port} as a number. Write a variable such as ${{POSTGRES_PORT:-5434}} in its place; Nexus Studio changes .env only.</source>
        <translation>{file} publie le port {port} sous forme de nombre. Mettez à sa place une variable telle que ${{POSTGRES_PORT:-5434}}&#xa0;; Nexus Studio ne modifie que .env.</translation>
    </message>
    <message>
        <source>Docker is installed, but does not run</source>
        <translation>Docker est installé, mais ne tourne pas</translation>
    </message>
    <message>
        <source>Start Docker Desktop, or the docker service of this machine, then try again.</source>
        <translation>Lancez Docker Desktop, ou le service docker de cette machine, puis réessayez.</translation>
    </message>
    <message>
        <source>Docker does not let you in</source>
        <translation>Docker vous refuse l’accès</translation>
    </message>
    <message>
        <source>On Linux, whoever may use docker is in the group “docker”; log in again after.</source>
        <translation>Sous Linux, l’usage de docker est réservé aux membres du groupe «&#xa0;docker&#xa0;»&#xa0;; une fois ajouté au groupe, rouvrez votre session.</translation>
    </message>
    <message>
        <source>Docker has no “compose”</source>
        <translation>Docker n’a pas de commande «&#xa0;compose&#xa0;»</translation>
    </message>
    <message>
        <source>Install docker&apos;s compose plugin: the package docker-compose-plugin on Linux.</source>
        <translation>Installez l’extension compose de docker&#xa0;: sous Linux, le paquet docker-compose-plugin.</translation>
    </message>
    <message>
        <source>Docker can&apos;t read the .env file</source>
        <translation>Docker ne peut pas lire le fichier .env</translation>
    </message>
    <message>
        <source>A line of {file} is no assignment.</source>
        <translation>Une ligne de {file} n’est pas une affectation.</translation>
    </message>
    <message>
        <source>It is line {line}.</source>
        <translation>Il s’agit de la ligne {line}.</translation>
    </message>
    <message>
        <source>No database service was found</source>
        <translation>Aucun service de base de données n’a été trouvé</translation>
    </message>
    <message>
        <source>No compose file in the folder has a service with a PostgreSQL image whose port is published.</source>
        <translation>Aucun fichier compose du dossier n’a de service avec une image PostgreSQL dont le port est publié.</translation>
    </message>
    <message>
        <source>“{service}” was started and did not get ready</source>
        <translation>Le service «&#xa0;{service}&#xa0;» a été lancé, mais n’a pas été prêt à temps</translation>
    </message>
    <message>
        <source>Its log ends with: {words}</source>
        <translation>Son journal se termine par&#xa0;: {words}</translation>
    </message>
    <message>
        <source>The .env file can&apos;t be read</source>
        <translation>Le fichier .env ne peut pas être lu</translation>
    </message>
    <message>
        <source>It is {file}.</source>
        <translation>Il s’agit de {file}.</translation>
    </message>
    <message>
        <source>It is not written in UTF-8: {file}.</source>
        <translation>Il n’est pas écrit en UTF-8&#xa0;: {file}.</translation>
    </message>
    <message>
        <source>The .env file can&apos;t be written</source>
        <translation>Le fichier .env ne peut pas être écrit</translation>
    </message>
    <message>
        <source>It is {file}. Nothing in it was changed.</source>
        <translation>Il s’agit de {file}. Rien n’y a été modifié.</translation>
    </message>
    <message>
        <source>There is a .env file already</source>
        <translation>Il existe déjà un fichier .env</translation>
    </message>
    <message>
        <source>It is left as it is: {file}.</source>
        <translation>Il est laissé tel quel&#xa0;: {file}.</translation>
    </message>
    <message>
        <source>There is no .env.example to copy</source>
        <translation>Il n’y a pas de .env.example à copier</translation>
    </message>
    <message>
        <source>Looked for: {file}.</source>
        <translation>Fichier cherché&#xa0;: {file}.</translation>
    </message>
    <message>
        <source>No project folder is known</source>
        <translation>Aucun dossier de projet n’est connu</translation>
    </message>
    <message>
        <source>Choose the folder that has the .env file or its example.</source>
        <translation>Choisissez le dossier qui contient le fichier .env ou son exemple.</translation>
    </message>
    <message>
        <source>Somebody changed the .env file meanwhile</source>
        <translation>Le fichier .env a été modifié entre-temps par quelqu’un d’autre</translation>
    </message>
    <message>
        <source>Nothing was written. Read it again, then make your changes.</source>
        <translation>Rien n’a été écrit. Relisez le fichier, puis faites vos modifications.</translation>
    </message>
    <message>
        <source>A quote in the .env file is never closed</source>
        <translation>Un guillemet du fichier .env n’est jamais fermé</translation>
    </message>
    <message>
        <source>It begins in line {line} of {file}. Nothing was written: close it first.</source>
        <translation>Il s’ouvre à la ligne {line} de {file}. Rien n’a été écrit&#xa0;: fermez-le d’abord.</translation>
    </message>
    <message>
        <source>The environment sets {name} too</source>
        <translation>{name} est aussi une variable d’environnement</translation>
    </message>
    <message>
        <source>It goes before the .env file, so changing it there would do nothing. Unset it.</source>
        <translation>Elle l’emporte sur le fichier .env&#xa0;: la modifier dans celui-ci serait sans effet. Retirez-la de l’environnement.</translation>
    </message>
    <message>
        <source>“{name}” can&apos;t be the name of a variable</source>
        <translation>«&#xa0;{name}&#xa0;» ne peut pas être un nom de variable</translation>
    </message>
    <message>
        <source>Names are made of letters without accents, digits and underscores.</source>
        <translation>Un nom se compose de lettres sans accent, de chiffres et de tirets bas.</translation>
    </message>
    <message>
        <source>The value of {name} holds signs that no .env file can have</source>
        <translation>La valeur de {name} contient des caractères impossibles dans un fichier .env</translation>
    </message>
    <message>
        <source>The embedded server is in use</source>
        <translation>Le serveur embarqué est utilisé</translation>
    </message>
    <message>
        <source>Programs that work with it: {users}. It goes on, and stops when the last of them has left.</source>
        <translation>Programmes qui l’utilisent&#xa0;: {users}. Il continue de tourner et s’arrêtera quand le dernier d’entre eux l’aura quitté.</translation>
    </message>
    <message>
        <source>This can&apos;t be done now</source>
        <translation>Cela ne peut pas se faire maintenant</translation>
    </message>
    <message>
        <source>Somebody has a lock on {relation}</source>
        <translation>Quelqu’un a un verrou sur {relation}</translation>
    </message>
    <message>
        <source>It waited a while and gave up: {names}. Nothing is left half done.</source>
        <translation>Après une attente, c’est abandonné&#xa0;: {names}. Rien ne reste à moitié fait.</translation>
    </message>
    <message>
        <source>Queries are not counted any more</source>
        <translation>Les requêtes ne sont plus comptées</translation>
    </message>
    <message>
        <source>Look again: it says what is to be done.</source>
        <translation>Regardez de nouveau&#xa0;: il est dit que faire.</translation>
    </message>
    <message>
        <source>This query is not counted any more</source>
        <translation>Cette requête n’est plus comptée</translation>
    </message>
    <message>
        <source>Or your role may not see it. Look again.</source>
        <translation>Ou votre rôle ne peut pas la voir. Regardez de nouveau.</translation>
    </message>
    <message>
        <source>PostgreSQL makes no plan for it</source>
        <translation>PostgreSQL n’en fait pas de plan</translation>
    </message>
    <message>
        <source>Its text is not whole without the values, or names what is not found here.</source>
        <translation>Son texte n’est pas entier sans les valeurs, ou nomme ce qui n’est pas ici.</translation>
    </message>
    <message>
        <source>PostgreSQL makes no plan for that</source>
        <translation>PostgreSQL ne fait pas de plan pour cela</translation>
    </message>
    <message>
        <source>Only for SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES, TABLE and WITH.</source>
        <translation>Seulement pour SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES, TABLE et WITH.</translation>
    </message>
    <message>
        <source>Only what asks (SELECT) is run</source>
        <translation>Seul ce qui interroge (SELECT) est exécuté</translation>
    </message>
    <message>
        <source>Explain it without running it.</source>
        <translation>Expliquez-la sans l’exécuter.</translation>
    </message>
    <message>
        <source>It wants {wanted} values, and {given} are given</source>
        <translation>Elle veut {wanted} valeurs, et {given} sont données</translation>
    </message>
    <message>
        <source>Give one for each of $1, $2 …, or none.</source>
        <translation>Donnez-en une pour chacun de $1, $2 …, ou aucune.</translation>
    </message>
    <message>
        <source>The server did not explain it</source>
        <translation>Le serveur ne l’a pas expliquée</translation>
    </message>
    <message>
        <source>The session {pid} is gone already</source>
        <translation>La session {pid} n’est déjà plus là</translation>
    </message>
    <message>
        <source>Nobody was stopped.</source>
        <translation>Personne n’a été arrêté.</translation>
    </message>
    <message>
        <source>The process {pid} is another session by now</source>
        <translation>Le processus {pid} est maintenant une autre session</translation>
    </message>
    <message>
        <source>Nobody was stopped: look again.</source>
        <translation>Personne n’a été arrêté&#xa0;: regardez de nouveau.</translation>
    </message>
    <message>
        <source>The session {pid} runs nothing that could be cancelled</source>
        <translation>La session {pid} n’exécute rien qui puisse être annulé</translation>
    </message>
    <message>
        <source>Nobody was stopped. Ending the whole session would still be possible.</source>
        <translation>Personne n’a été arrêté. Mettre fin à toute la session resterait possible.</translation>
    </message>
    <message>
        <source>Your role may not see since when the session {pid} is there</source>
        <translation>Votre rôle ne peut pas voir depuis quand la session {pid} est là</translation>
    </message>
    <message>
        <source>So nobody can tell that it is the one you saw, and it was not stopped.</source>
        <translation>Impossible donc de dire que c’est celle que vous avez vue&#xa0;: elle n’a pas été arrêtée.</translation>
    </message>
    <message>
        <source>Your role may not stop the session {pid}</source>
        <translation>Votre rôle ne peut pas arrêter la session {pid}</translation>
    </message>
    <message>
        <source>It must be the role of that session, a member of it, or of pg_signal_backend.</source>
        <translation>Il doit être le rôle de cette session, en être membre, ou membre de pg_signal_backend.</translation>
    </message>
    <message>
        <source>This is a standby: it can&apos;t be maintained</source>
        <translation>C’est un serveur secondaire&#xa0;: aucune maintenance n’y est possible</translation>
    </message>
    <message>
        <source>Do it on the primary; it comes here by itself.</source>
        <translation>Faites-la sur le serveur principal&#xa0;; elle arrive ici d’elle-même.</translation>
    </message>
    <message>
        <source>The server&apos;s disk is too small for it</source>
        <translation>Le disque du serveur est trop petit</translation>
    </message>
    <message>
        <source>At its height it needs {needed}, and {free} are free. Nothing was begun.</source>
        <translation>Au plus fort, il faut {needed}, et {free} sont libres. Rien n’a été commencé.</translation>
    </message>
    <message>
        <source>There is no table to do it on</source>
        <translation>Il n’y a aucune table où le faire</translation>
    </message>
    <message>
        <source>Left out: {names}.</source>
        <translation>Laissées de côté&#xa0;: {names}.</translation>
    </message>
    <message>
        <source>The history can&apos;t be used</source>
        <translation>L’historique est inutilisable</translation>
    </message>
    <message>
        <source>It is kept in {file}. The system says: {words}</source>
        <translation>Il est gardé dans {file}. Le système dit&#xa0;: {words}</translation>
    </message>
    <message>
        <source>A later Nexus Studio has written the history</source>
        <translation>Un Nexus Studio plus récent a écrit l’historique</translation>
    </message>
    <message>
        <source>It is kept in {file}. Use the later one, or put that file elsewhere.</source>
        <translation>Il est gardé dans {file}. Utilisez le plus récent, ou déplacez ce fichier.</translation>
    </message>
    <message>
        <source>That save is no longer in the history</source>
        <translation>Cet enregistrement n’est plus dans l’historique</translation>
    </message>
    <message>
        <source>It was deleted, or was not written after all. Read the list again.</source>
        <translation>Il a été supprimé, ou finalement pas écrit. Relisez la liste.</translation>
    </message>
    <message>
        <source>Several saves begin with {id}</source>
        <translation>Plusieurs enregistrements commencent par {id}</translation>
    </message>
    <message>
        <source>The rows of this save can&apos;t be read any more</source>
        <translation>Les lignes de cet enregistrement ne sont plus lisibles</translation>
    </message>
    <message>
        <source>Look for them in a backup.</source>
        <translation>Cherchez-les dans une sauvegarde.</translation>
    </message>
    <message>
        <source>This was saved to another database</source>
        <translation>Cela a été enregistré dans une autre base</translation>
    </message>
    <message>
        <source>Open {place} to take it back.</source>
        <translation>Ouvrez {place} pour l’annuler.</translation>
    </message>
    <message>
        <source>There is nothing to take back</source>
        <translation>Il n’y a rien à annuler</translation>
    </message>
    <message>
        <source>No history is shared in this database</source>
        <translation>Aucun historique n’est partagé dans cette base</translation>
    </message>
    <message>
        <source>There is no table {relation}.</source>
        <translation>Il n’y a pas de table {relation}.</translation>
    </message>
    <message>
        <source>The table {relation} is there already</source>
        <translation>La table {relation} existe déjà</translation>
    </message>
    <message>
        <source>This role may not read the team&apos;s history</source>
        <translation>Ce rôle ne peut pas lire l’historique de l’équipe</translation>
    </message>
    <message>
        <source>The owner of {relation} can grant it.</source>
        <translation>Le propriétaire de {relation} peut l’accorder.</translation>
    </message>
    <message>
        <source>This connection asks for a reason with each save</source>
        <translation>Cette connexion demande un motif à chaque enregistrement</translation>
    </message>
    <message>
        <source>Nothing was written. Review the changes, and say why.</source>
        <translation>Rien n’a été écrit. Relisez les modifications, et dites pourquoi.</translation>
    </message>
    <message>
        <source>Nothing was saved, since it could not be kept in the history</source>
        <translation>Rien n’a été enregistré, faute de pouvoir le garder dans l’historique</translation>
    </message>
    <message>
        <source>The history is kept in {file}. The system says: {words}</source>
        <translation>L’historique est gardé dans {file}. Le système dit&#xa0;: {words}</translation>
    </message>
    <message>
        <source>Nothing was saved, since it could not be kept in the team&apos;s history</source>
        <translation>Rien n’a été enregistré, faute de pouvoir le garder dans l’historique de l’équipe</translation>
    </message>
    <message>
        <source>PostgreSQL says of {relation}: {words}</source>
        <translation>PostgreSQL dit de {relation}&#xa0;: {words}</translation>
    </message>
    <message>
        <source>No file was made.</source>
        <translation>Aucun fichier n’a été créé.</translation>
    </message>
    <message>
        <source>The file was not written, or not read</source>
        <translation>Le fichier n’a pas été écrit, ou pas lu</translation>
    </message>
    <message>
        <source>The file “{file}” is there already</source>
        <translation>Le fichier «&#xa0;{file}&#xa0;» existe déjà</translation>
    </message>
    <message>
        <source>“{file}” is a folder</source>
        <translation>«&#xa0;{file}&#xa0;» est un dossier</translation>
    </message>
    <message>
        <source>There is no folder “{folder}”</source>
        <translation>Il n’y a pas de dossier «&#xa0;{folder}&#xa0;»</translation>
    </message>
    <message>
        <source>The disk of “{folder}” is full</source>
        <translation>Le disque de «&#xa0;{folder}&#xa0;» est plein</translation>
    </message>
    <message>
        <source>A file of the format {format} is compressed already</source>
        <translation>Un fichier au format {format} est déjà compressé</translation>
    </message>
    <message>
        <source>The format {format} needs a file</source>
        <translation>Le format {format} a besoin d’un fichier</translation>
    </message>
    <message>
        <source>That way of writing cells can&apos;t be used</source>
        <translation>Cette façon d’écrire les cellules n’est pas utilisable</translation>
    </message>
    <message>
        <source>Delimiter and quote are one sign each, and differ; the text for NULL holds neither; a mark at the beginning is for UTF-8.</source>
        <translation>Séparateur et guillemet sont un signe chacun, différents&#xa0;; le texte de NULL n’en contient aucun&#xa0;; une marque au début est pour UTF-8.</translation>
    </message>
    <message>
        <source>There is no column of {relation} to export</source>
        <translation>Il n’y a aucune colonne de {relation} à exporter</translation>
    </message>
    <message>
        <source>Nothing is installed that writes the format {format}</source>
        <translation>Rien d’installé n’écrit le format {format}</translation>
    </message>
    <message>
        <source>Install it: {words}</source>
        <translation>Installez-le&#xa0;: {words}</translation>
    </message>
    <message>
        <source>The format {format} can&apos;t hold a value of “{column}”</source>
        <translation>Le format {format} ne peut pas contenir une valeur de «&#xa0;{column}&#xa0;»</translation>
    </message>
    <message>
        <source>Leave the column out, or choose another format. No file was made.</source>
        <translation>Laissez la colonne de côté, ou choisissez un autre format. Aucun fichier n’a été créé.</translation>
    </message>
    <message>
        <source>“{file}” is damaged</source>
        <translation>«&#xa0;{file}&#xa0;» est endommagé</translation>
    </message>
    <message>
        <source>It is cut off, or not compressed as its name says.</source>
        <translation>Il est coupé, ou pas compressé comme son nom le dit.</translation>
    </message>
    <message>
        <source>Files of the format {format} can&apos;t be imported</source>
        <translation>Les fichiers au format {format} ne s’importent pas</translation>
    </message>
    <message>
        <source>There is nothing in the file</source>
        <translation>Il n’y a rien dans le fichier</translation>
    </message>
    <message>
        <source>“{file}” has no JSON object in line {line}</source>
        <translation>«&#xa0;{file}&#xa0;» n’a pas d’objet JSON à la ligne {line}</translation>
    </message>
    <message>
        <source>There must be one object in each line.</source>
        <translation>Il faut un objet par ligne.</translation>
    </message>
    <message>
        <source>“{file}” is no Excel workbook</source>
        <translation>«&#xa0;{file}&#xa0;» n’est pas un classeur Excel</translation>
    </message>
    <message>
        <source>Older ones (.xls) have to be saved as .xlsx.</source>
        <translation>Les anciens (.xls) doivent être enregistrés en .xlsx.</translation>
    </message>
    <message>
        <source>The workbook has no sheet “{name}”</source>
        <translation>Le classeur n’a pas de feuille «&#xa0;{name}&#xa0;»</translation>
    </message>
    <message>
        <source>Rows can&apos;t be imported into {relation}</source>
        <translation>On ne peut pas importer de lignes dans {relation}</translation>
    </message>
    <message>
        <source>No column of the file is one of {relation}</source>
        <translation>Aucune colonne du fichier n’est de {relation}</translation>
    </message>
    <message>
        <source>Say which column goes where, or that the first line has no names.</source>
        <translation>Dites quelle colonne va où, ou que la première ligne n’a pas de noms.</translation>
    </message>
    <message>
        <source>The file has no column “{name}”</source>
        <translation>Le fichier n’a pas de colonne «&#xa0;{name}&#xa0;»</translation>
    </message>
    <message>
        <source>Several columns would go to “{column}”</source>
        <translation>Plusieurs colonnes iraient dans «&#xa0;{column}&#xa0;»</translation>
    </message>
    <message>
        <source>They are {columns}: leave one out.</source>
        <translation>Ce sont {columns}&#xa0;: laissez-en une de côté.</translation>
    </message>
    <message>
        <source>The file has no key of {relation}</source>
        <translation>Le fichier n’a pas de clé de {relation}</translation>
    </message>
    <message>
        <source>A row is found by a unique key, all of whose columns the file must have.</source>
        <translation>Une ligne se trouve par une clé unique, dont le fichier doit avoir toutes les colonnes.</translation>
    </message>
    <message>
        <source>Rows of {relation} can&apos;t be told apart by {key}</source>
        <translation>Les lignes de {relation} ne se distinguent pas par {key}</translation>
    </message>
    <message>
        <source>The file lacks columns of the key: {key}</source>
        <translation>Il manque au fichier des colonnes de la clé&#xa0;: {key}</translation>
    </message>
    <message>
        <source>Lines of the file were refused</source>
        <translation>Des lignes du fichier ont été refusées</translation>
    </message>
    <message>
        <source>It is a view: only new rows go into one, where PostgreSQL knows how.</source>
        <translation>C’est une vue&#xa0;: seules de nouvelles lignes y entrent, là où PostgreSQL sait le faire.</translation>
    </message>
    <message>
        <source>It is a materialized view.</source>
        <translation>C’est une vue matérialisée.</translation>
    </message>
    <message>
        <source>It is a foreign table.</source>
        <translation>C’est une table étrangère.</translation>
    </message>
    <message>
        <source>It has no columns.</source>
        <translation>Elle n’a pas de colonnes.</translation>
    </message>
    <message>
        <source>The role lacks the privilege.</source>
        <translation>Le rôle n’a pas le privilège.</translation>
    </message>
    <message>
        <source>It has no key.</source>
        <translation>Elle n’a pas de clé.</translation>
    </message>
    <message>
        <source>It has {found} cells, and the header {expected}.</source>
        <translation>Elle a {found} cellules, et l’en-tête {expected}.</translation>
    </message>
    <message>
        <source>A quote in it is never closed.</source>
        <translation>Un guillemet n’y est jamais fermé.</translation>
    </message>
    <message>
        <source>It is no text in the file&apos;s encoding.</source>
        <translation>Ce n’est pas du texte dans l’encodage du fichier.</translation>
    </message>
    <message>
        <source>It is no JSON object.</source>
        <translation>Ce n’est pas un objet JSON.</translation>
    </message>
    <message>
        <source>It has a name that the first thousand lines have not.</source>
        <translation>Elle a un nom que les mille premières lignes n’ont pas.</translation>
    </message>
    <message>
        <source>Line {other} has the same value.</source>
        <translation>La ligne {other} a la même valeur.</translation>
    </message>
    <message>
        <source>There is no row with that key.</source>
        <translation>Aucune ligne n’a cette clé.</translation>
    </message>
    <message>
        <source>An export that hid values wrote these dots in place of one.</source>
        <translation>Une exportation qui masquait des valeurs a écrit ces points à la place de l’une d’elles.</translation>
    </message>
    <message>
        <source>The key is not whole.</source>
        <translation>La clé n’est pas entière.</translation>
    </message>
    <message>
        <source>A policy of the table does not allow it.</source>
        <translation>Une politique de la table ne le permet pas.</translation>
    </message>
    <message>
        <source>The row was not duplicated</source>
        <translation>La ligne n’a pas été dupliquée</translation>
    </message>
    <message>
        <source>Nothing was staged.</source>
        <translation>Rien n’a été mis en attente.</translation>
    </message>
    <message>
        <source>The row of {relation} is gone</source>
        <translation>La ligne de {relation} a disparu</translation>
    </message>
    <message>
        <source>Somebody has deleted it or changed its key meanwhile.</source>
        <translation>Quelqu’un l’a supprimée ou a changé sa clé entre-temps.</translation>
    </message>
    <message>
        <source>More than {most} rows would be copied</source>
        <translation>Plus de {most} lignes seraient copiées</translation>
    </message>
    <message>
        <source>Tick fewer tables.</source>
        <translation>Cochez moins de tables.</translation>
    </message>
    <message>
        <source>A value of its own is wanted for {column} of {relation}</source>
        <translation>Une valeur propre est attendue pour {column} de {relation}</translation>
    </message>
    <message>
        <source>It is unique, and the original has it already.</source>
        <translation>Elle est unique, et l’original l’a déjà.</translation>
    </message>
    <message>
        <source>Copies can&apos;t point to a copy in {relation}</source>
        <translation>Des copies ne peuvent pas pointer vers une copie dans {relation}</translation>
    </message>
    <message>
        <source>They would have to name its {column}, which is known only once it is written.</source>
        <translation>Il leur faudrait nommer son {column}, connu seulement une fois écrit.</translation>
    </message>
    <message>
        <source>Your role may not take numbers for {column} of {relation}</source>
        <translation>Votre rôle ne peut pas prendre de numéros pour {column} de {relation}</translation>
    </message>
    <message>
        <source>Copies that point to a copy need its number before. USAGE on its sequence helps.</source>
        <translation>Les copies qui pointent vers une copie ont besoin de son numéro avant. USAGE sur sa séquence y remédie.</translation>
    </message>
    <message>
        <source>“{relation}” is no single way to rows that point here</source>
        <translation>«&#xa0;{relation}&#xa0;» n’est pas un chemin unique vers des lignes qui pointent ici</translation>
    </message>
    <message>
        <source>There are: {names}.</source>
        <translation>Il y a&#xa0;: {names}.</translation>
    </message>
</context>
<context>
    <name>filter_menu</name>
    <message>
        <source>Edit…	Enter</source>
        <translation>Modifier…	Entrée</translation>
    </message>
    <message>
        <source>And…</source>
        <translation>Et…</translation>
    </message>
    <message>
        <source>Or…</source>
        <translation>Ou…</translation>
    </message>
    <message>
        <source>Group with the one before</source>
        <translation>Grouper avec le précédent</translation>
    </message>
    <message>
        <source>Group with the next one</source>
        <translation>Grouper avec le suivant</translation>
    </message>
    <message>
        <source>Ungroup</source>
        <translation>Dégrouper</translation>
    </message>
    <message>
        <source>Turn into its opposite</source>
        <translation>Inverser</translation>
    </message>
    <message>
        <source>Remove	Del</source>
        <translation>Retirer	Suppr</translation>
    </message>
    <message>
        <source>New group…</source>
        <translation>Nouveau groupe…</translation>
    </message>
</context>
<context>
    <name>grid</name>
    <message>
        <source>empty</source>
        <translation>vide</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>octets</translation>
    </message>
    <message>
        <source>Edit	Enter</source>
        <translation>Modifier	Entrée</translation>
    </message>
    <message>
        <source>Copy	Ctrl+C</source>
        <translation>Copier	Ctrl+C</translation>
    </message>
    <message>
        <source>Paste	Ctrl+V</source>
        <translation>Coller	Ctrl+V</translation>
    </message>
    <message>
        <source>Set NULL	Ctrl+0</source>
        <translation>Mettre à NULL	Ctrl+0</translation>
    </message>
    <message>
        <source>Set DEFAULT	Ctrl+Shift+0</source>
        <translation>Mettre à DEFAULT	Ctrl+Maj+0</translation>
    </message>
    <message>
        <source>Duplicate row	Ctrl+D</source>
        <translation>Dupliquer la ligne	Ctrl+D</translation>
    </message>
    <message>
        <source>Don&apos;t delete row	Ctrl+Del</source>
        <translation>Ne pas supprimer la ligne	Ctrl+Suppr</translation>
    </message>
    <message>
        <source>Delete row	Ctrl+Del</source>
        <translation>Supprimer la ligne	Ctrl+Suppr</translation>
    </message>
    <message>
        <source>Reveal the value…</source>
        <translation>Révéler la valeur…</translation>
    </message>
    <message>
        <source>Open the row it points to	Ctrl+Return</source>
        <translation>Ouvrir la ligne référencée	Ctrl+Entrée</translation>
    </message>
    <message>
        <source>Paste as new rows…	Ctrl+Shift+V</source>
        <translation>Coller comme nouvelles lignes…	Ctrl+Maj+V</translation>
    </message>
    <message>
        <source>Fill down	Ctrl+J</source>
        <translation>Recopier vers le bas	Ctrl+J</translation>
    </message>
    <message>
        <source>Find and replace…	Ctrl+H</source>
        <translation>Rechercher et remplacer…	Ctrl+H</translation>
    </message>
    <message>
        <source>New row	Ctrl+I</source>
        <translation>Nouvelle ligne	Ctrl+I</translation>
    </message>
    <message>
        <source>Take back changes of this row</source>
        <translation>Abandonner les modifications de cette ligne</translation>
    </message>
    <message>
        <source>Sort ascending</source>
        <translation>Trier par ordre croissant</translation>
    </message>
    <message>
        <source>Sort descending</source>
        <translation>Trier par ordre décroissant</translation>
    </message>
    <message>
        <source>Don&apos;t sort</source>
        <translation>Ne pas trier</translation>
    </message>
    <message>
        <source>Fit width to content</source>
        <translation>Ajuster la largeur au contenu</translation>
    </message>
    <message>
        <source>Fit all widths</source>
        <translation>Ajuster toutes les largeurs</translation>
    </message>
    <message>
        <source>Wrap text</source>
        <translation>Renvoyer à la ligne</translation>
    </message>
    <message>
        <source>Move left	Ctrl+Shift+Left</source>
        <translation>Déplacer à gauche	Ctrl+Maj+Gauche</translation>
    </message>
    <message>
        <source>Move right	Ctrl+Shift+Right</source>
        <translation>Déplacer à droite	Ctrl+Maj+Droite</translation>
    </message>
    <message>
        <source>Freeze up to here</source>
        <translation>Figer jusqu’ici</translation>
    </message>
    <message>
        <source>Unfreeze</source>
        <translation>Ne plus figer</translation>
    </message>
    <message>
        <source>Columns…	Ctrl+Shift+L</source>
        <translation>Colonnes…	Ctrl+Maj+L</translation>
    </message>
    <message>
        <source>Reset layout</source>
        <translation>Rétablir la disposition</translation>
    </message>
    <message>
        <source>Hide column</source>
        <translation>Masquer la colonne</translation>
    </message>
    <message>
        <source>Show all columns</source>
        <translation>Afficher toutes les colonnes</translation>
    </message>
    <message>
        <source>Select column	Ctrl+Space</source>
        <translation>Sélectionner la colonne	Ctrl+Espace</translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation>Copier le nom</translation>
    </message>
    <message>
        <source>Filter by this value</source>
        <translation>Filtrer sur cette valeur</translation>
    </message>
    <message>
        <source>Exclude this value</source>
        <translation>Exclure cette valeur</translation>
    </message>
    <message>
        <source>Default: {default}</source>
        <translation>Valeur par défaut&#xa0;: {default}</translation>
    </message>
    <message>
        <source>Default: made by the model</source>
        <translation>Valeur par défaut&#xa0;: fournie par le modèle</translation>
    </message>
    <message>
        <source>Points to {table} ({columns})</source>
        <translation>Référence {table} ({columns})</translation>
    </message>
    <message>
        <source>&amp;Tabs, with headers</source>
        <translation>&amp;Texte tabulé, avec en-têtes</translation>
    </message>
    <message>
        <source>&amp;CSV</source>
        <translation>&amp;CSV</translation>
    </message>
    <message>
        <source>&amp;JSON</source>
        <translation>&amp;JSON</translation>
    </message>
    <message>
        <source>SQL &amp;INSERT</source>
        <translation>&amp;INSERT SQL</translation>
    </message>
    <message>
        <source>&amp;Markdown</source>
        <translation>&amp;Markdown</translation>
    </message>
    <message>
        <source>Copy as	Ctrl+Shift+C</source>
        <translation>Copier en	Ctrl+Maj+C</translation>
    </message>
    <message>
        <source>Copy as</source>
        <translation>Copier en</translation>
    </message>
    <message>
        <source>{column}, new row</source>
        <translation>{column}, nouvelle ligne</translation>
    </message>
    <message>
        <source>{column}, row {number}, to be deleted</source>
        <translation>{column}, ligne {number}, à supprimer</translation>
    </message>
    <message>
        <source>{column}, row {number}</source>
        <translation>{column}, ligne {number}</translation>
    </message>
</context>
<context>
    <name>health</name>
    <message>
        <source>VACUUM</source>
        <translation>VACUUM</translation>
    </message>
    <message>
        <source>VACUUM ANALYZE</source>
        <translation>VACUUM ANALYZE</translation>
    </message>
    <message>
        <source>ANALYZE</source>
        <translation>ANALYZE</translation>
    </message>
    <message>
        <source>VACUUM FULL</source>
        <translation>VACUUM FULL</translation>
    </message>
    <message>
        <source>REINDEX CONCURRENTLY</source>
        <translation>REINDEX CONCURRENTLY</translation>
    </message>
    <message>
        <source>CLUSTER</source>
        <translation>CLUSTER</translation>
    </message>
    <message>
        <source>Makes the room of dead rows free for new ones. The file itself hardly gets smaller.</source>
        <translation>Libère la place des lignes mortes pour de nouvelles. Le fichier lui-même ne rétrécit guère.</translation>
    </message>
    <message>
        <source>Makes the room of dead rows free for new ones, and gives the planner fresh statistics.</source>
        <translation>Libère la place des lignes mortes pour de nouvelles, et donne au planificateur des statistiques fraîches.</translation>
    </message>
    <message>
        <source>Gives the planner fresh statistics. No row is touched.</source>
        <translation>Donne au planificateur des statistiques fraîches. Aucune ligne n’est touchée.</translation>
    </message>
    <message>
        <source>Writes the table and its indexes anew, without what holds nothing: the disk gets the room back.</source>
        <translation>Réécrit la table et ses index, sans ce qui ne contient rien&#xa0;: le disque récupère la place.</translation>
    </message>
    <message>
        <source>Builds indexes anew beside the old ones, then takes their place.</source>
        <translation>Reconstruit les index à côté des anciens, puis les remplace.</translation>
    </message>
    <message>
        <source>Writes the table anew in the order of an index: what is asked for together lies together.</source>
        <translation>Réécrit la table dans l’ordre d’un index&#xa0;: ce que l’on demande ensemble est rangé ensemble.</translation>
    </message>
    <message>
        <source>Reading and writing go on. Only VACUUM, ANALYZE and changes of the table itself wait ({lock}).</source>
        <translation>Lecture et écriture continuent. Seuls VACUUM, ANALYZE et les changements de la table elle-même attendent ({lock}).</translation>
    </message>
    <message>
        <source>It locks the table: off-peak. Nobody can read or write it until it is done ({lock}).</source>
        <translation>Cela verrouille la table&#xa0;: aux heures creuses. Personne ne peut la lire ni l’écrire jusqu’à la fin ({lock}).</translation>
    </message>
    <message>
        <source>it belongs to somebody else</source>
        <translation>elle est à quelqu’un d’autre</translation>
    </message>
    <message>
        <source>no index was ever chosen to order it by</source>
        <translation>aucun index n’a jamais été choisi pour l’ordonner</translation>
    </message>
    <message>
        <source>that index does not fit</source>
        <translation>cet index ne convient pas</translation>
    </message>
    <message>
        <source>it is not there any more</source>
        <translation>elle n’existe plus</translation>
    </message>
    <message>
        <source>Citus looks after it by itself</source>
        <translation>Citus s’en occupe lui-même</translation>
    </message>
    <message>
        <source>what is free can&apos;t be seen from here: the server is on another machine</source>
        <translation>on ne voit pas d’ici ce qui est libre&#xa0;: le serveur est sur une autre machine</translation>
    </message>
    <message>
        <source>what is free is not known: your role may not see where the data lie</source>
        <translation>ce qui est libre est inconnu&#xa0;: votre rôle ne peut pas voir où sont les données</translation>
    </message>
    <message>
        <source>what is free is not known: the system does not say</source>
        <translation>ce qui est libre est inconnu&#xa0;: le système ne le dit pas</translation>
    </message>
    <message>
        <source>Do it when few are at work.</source>
        <translation>À faire quand peu de gens travaillent.</translation>
    </message>
    <message>
        <source>It ends only when the transactions have ended that have used the table before.</source>
        <translation>Cela ne se termine qu’avec les transactions qui ont utilisé la table avant.</translation>
    </message>
    <message>
        <source>Behind a pooler its progress can&apos;t be seen.</source>
        <translation>Derrière un pooler, on ne voit pas où il en est.</translation>
    </message>
    <message>
        <source>whose sessions there are and since when</source>
        <translation>à qui sont les sessions et depuis quand</translation>
    </message>
    <message>
        <source>replication</source>
        <translation>la réplication</translation>
    </message>
    <message>
        <source>statistics of some columns</source>
        <translation>les statistiques de certaines colonnes</translation>
    </message>
    <message>
        <source>some sequences</source>
        <translation>certaines séquences</translation>
    </message>
</context>
<context>
    <name>history</name>
    <message>
        <source>the table is gone</source>
        <translation>la table a disparu</translation>
    </message>
    <message>
        <source>they come back without columns that are gone: {columns}</source>
        <translation>elles reviennent sans les colonnes disparues&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>this role may not write them</source>
        <translation>ce rôle ne peut pas les écrire</translation>
    </message>
    <message>
        <source>the table&apos;s key is another one now</source>
        <translation>la clé de la table est une autre à présent</translation>
    </message>
    <message>
        <source>some of their values were masked when they were deleted, and not kept</source>
        <translation>certaines de leurs valeurs étaient masquées à la suppression, et n’ont pas été gardées</translation>
    </message>
    <message>
        <source>they point to a key that another row took over in the same save</source>
        <translation>elles pointent vers une clé qu’une autre ligne a reprise dans le même enregistrement</translation>
    </message>
    <message>
        <source>they could not be read when they went along</source>
        <translation>elles n’ont pas pu être lues quand elles ont été entraînées</translation>
    </message>
    <message>
        <source>New row {row}</source>
        <translation>Nouvelle ligne {row}</translation>
    </message>
    <message>
        <source>Changed {row}</source>
        <translation>Modifiée&#xa0;: {row}</translation>
    </message>
    <message>
        <source>Deleted {row}</source>
        <translation>Supprimée&#xa0;: {row}</translation>
    </message>
    <message>
        <source>went along</source>
        <translation>entraînée</translation>
    </message>
    <message>
        <source>its link was set to NULL</source>
        <translation>son lien est passé à NULL</translation>
    </message>
    <message>
        <source>its link was set to its default</source>
        <translation>son lien est passé à sa valeur par défaut</translation>
    </message>
    <message>
        <source>its link followed a key</source>
        <translation>son lien a suivi une clé</translation>
    </message>
    <message>
        <source>Its end is not known yet: the server is asked again.</source>
        <translation>Sa fin n’est pas encore connue&#xa0;: le serveur est interrogé de nouveau.</translation>
    </message>
    <message>
        <source>Nobody knows whether it was written: look at the rows first.</source>
        <translation>Personne ne sait s’il a été écrit&#xa0;: regardez d’abord les lignes.</translation>
    </message>
    <message>
        <source>Masked values were looked at: {columns}</source>
        <translation>Des valeurs masquées ont été regardées&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>Imported from a file.</source>
        <translation>Importé d’un fichier.</translation>
    </message>
    <message>
        <source>Imported from a file. What its rows were is not kept: it can&apos;t be taken back from here.</source>
        <translation>Importé d’un fichier. L’état antérieur des lignes n’est pas conservé&#xa0;: l’import ne peut pas être annulé d’ici.</translation>
    </message>
    <message>
        <source>It took {id} back.</source>
        <translation>Il a annulé {id}.</translation>
    </message>
    <message>
        <source>It took {id} back, beside other edits.</source>
        <translation>Il a annulé {id}, parmi d’autres modifications.</translation>
    </message>
    <message>
        <source>It took {id} back in part.</source>
        <translation>Il a annulé {id} en partie.</translation>
    </message>
    <message>
        <source>It was taken back by {id}.</source>
        <translation>Il a été annulé par {id}.</translation>
    </message>
    <message>
        <source>It was taken back in part by {id}.</source>
        <translation>Il a été annulé en partie par {id}.</translation>
    </message>
    <message>
        <source>No database is open.</source>
        <translation>Aucune base n’est ouverte.</translation>
    </message>
    <message>
        <source>This connection is read-only.</source>
        <translation>Cette connexion est en lecture seule.</translation>
    </message>
    <message>
        <source>Production is locked. Unlock it at the top of the window first.</source>
        <translation>La production est verrouillée. Déverrouillez-la d’abord en haut de la fenêtre.</translation>
    </message>
</context>
<context>
    <name>import</name>
    <message>
        <source>seconds</source>
        <translation>secondes</translation>
    </message>
    <message>
        <source>milliseconds</source>
        <translation>millisecondes</translation>
    </message>
    <message>
        <source>microseconds</source>
        <translation>microsecondes</translation>
    </message>
    <message>
        <source>Julian days</source>
        <translation>jours juliens</translation>
    </message>
    <message>
        <source>There is no database.</source>
        <translation>Il n’y a pas de base de données.</translation>
    </message>
    <message>
        <source>Nothing is imported into a database of the kind “{environment}”.</source>
        <translation>Rien n’est importé dans une base de type «&#xa0;{environment}&#xa0;».</translation>
    </message>
    <message>
        <source>This connection only reads.</source>
        <translation>Cette connexion est en lecture seule.</translation>
    </message>
    <message>
        <source>Not in the database: {columns}</source>
        <translation>Absentes de la base&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>Computed by PostgreSQL: {columns}</source>
        <translation>Calculées par PostgreSQL&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>Must have a value, not in the file: {columns}</source>
        <translation>Valeur obligatoire, absentes du fichier&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>Numbers are read as: {columns}</source>
        <translation>Nombres lus comme suit&#xa0;: {columns}</translation>
    </message>
    <message>
        <source>{column} in {form}</source>
        <translation>{column} en {form}</translation>
    </message>
    <message>
        <source>This was a dry run: nothing was written.</source>
        <translation>C’était un essai à blanc&#xa0;: rien n’a été écrit.</translation>
    </message>
    <message>
        <source>Only the values were looked at: this may not write.</source>
        <translation>Seules les valeurs ont été examinées&#xa0;: cette session n’a pas le droit d’écrire.</translation>
    </message>
    <message>
        <source>Tables that hold rows already: {tables}.</source>
        <translation>Tables contenant déjà des lignes&#xa0;: {tables}.</translation>
    </message>
    <message>
        <source>{number} further ones are not listed.</source>
        <translation>Autres refus, non affichés&#xa0;: {number}.</translation>
    </message>
    <message>
        <source>Compared by their NULLs only: {columns}.</source>
        <translation>Comparées sur leurs seuls NULL&#xa0;: {columns}.</translation>
    </message>
</context>
<context>
    <name>kinds</name>
    <message>
        <source>aggregate</source>
        <translation>agrégat</translation>
    </message>
    <message>
        <source>cast</source>
        <translation>conversion de type</translation>
    </message>
    <message>
        <source>collation</source>
        <translation>collation</translation>
    </message>
    <message>
        <source>composite type</source>
        <translation>type composite</translation>
    </message>
    <message>
        <source>conversion</source>
        <translation>conversion</translation>
    </message>
    <message>
        <source>default value</source>
        <translation>valeur par défaut</translation>
    </message>
    <message>
        <source>domain constraint</source>
        <translation>contrainte de domaine</translation>
    </message>
    <message>
        <source>event trigger</source>
        <translation>déclencheur d’événement</translation>
    </message>
    <message>
        <source>extension</source>
        <translation>extension</translation>
    </message>
    <message>
        <source>foreign server</source>
        <translation>serveur distant</translation>
    </message>
    <message>
        <source>foreign table</source>
        <translation>table distante</translation>
    </message>
    <message>
        <source>column of a foreign table</source>
        <translation>colonne d’une table distante</translation>
    </message>
    <message>
        <source>function</source>
        <translation>fonction</translation>
    </message>
    <message>
        <source>index</source>
        <translation>index</translation>
    </message>
    <message>
        <source>large object</source>
        <translation>objet large</translation>
    </message>
    <message>
        <source>materialized view</source>
        <translation>vue matérialisée</translation>
    </message>
    <message>
        <source>operator</source>
        <translation>opérateur</translation>
    </message>
    <message>
        <source>operator class</source>
        <translation>classe d’opérateurs</translation>
    </message>
    <message>
        <source>operator family</source>
        <translation>famille d’opérateurs</translation>
    </message>
    <message>
        <source>policy</source>
        <translation>politique</translation>
    </message>
    <message>
        <source>procedure</source>
        <translation>procédure</translation>
    </message>
    <message>
        <source>publication</source>
        <translation>publication</translation>
    </message>
    <message>
        <source>table of a publication</source>
        <translation>table d’une publication</translation>
    </message>
    <message>
        <source>rule</source>
        <translation>règle</translation>
    </message>
    <message>
        <source>sequence</source>
        <translation>séquence</translation>
    </message>
    <message>
        <source>statistics object</source>
        <translation>objet de statistiques</translation>
    </message>
    <message>
        <source>subscription</source>
        <translation>abonnement</translation>
    </message>
    <message>
        <source>table</source>
        <translation>table</translation>
    </message>
    <message>
        <source>column</source>
        <translation>colonne</translation>
    </message>
    <message>
        <source>constraint</source>
        <translation>contrainte</translation>
    </message>
    <message>
        <source>text search configuration</source>
        <translation>configuration de recherche de texte</translation>
    </message>
    <message>
        <source>text search dictionary</source>
        <translation>dictionnaire de recherche de texte</translation>
    </message>
    <message>
        <source>text search parser</source>
        <translation>analyseur de recherche de texte</translation>
    </message>
    <message>
        <source>text search template</source>
        <translation>modèle de recherche de texte</translation>
    </message>
    <message>
        <source>trigger</source>
        <translation>déclencheur</translation>
    </message>
    <message>
        <source>type</source>
        <translation>type</translation>
    </message>
    <message>
        <source>view</source>
        <translation>vue</translation>
    </message>
</context>
<context>
    <name>locks</name>
    <message>
        <source>This connection is read-only.</source>
        <translation>Cette connexion est en lecture seule.</translation>
    </message>
    <message>
        <source>Production is locked. Unlock it at the top of the window to change it.</source>
        <translation>La production est verrouillée. Déverrouillez-la en haut de la fenêtre pour la modifier.</translation>
    </message>
    <message>
        <source>The rows of a view have no key: change them in the tables that it reads.</source>
        <translation>Les lignes d’une vue n’ont pas de clé&#xa0;: modifiez-les dans les tables qu’elle lit.</translation>
    </message>
    <message>
        <source>A materialized view only changes when it is refreshed.</source>
        <translation>Une vue matérialisée ne change que lorsqu’elle est rafraîchie.</translation>
    </message>
    <message>
        <source>This foreign table can&apos;t be written.</source>
        <translation>Cette table distante n’est pas modifiable.</translation>
    </message>
    <message>
        <source>This table has no columns.</source>
        <translation>Cette table n’a pas de colonnes.</translation>
    </message>
    <message>
        <source>Your role may not change rows of this table.</source>
        <translation>Votre rôle n’est pas autorisé à modifier les lignes de cette table.</translation>
    </message>
    <message>
        <source>Rows of this table can&apos;t be told apart: it has no key.</source>
        <translation>Les lignes de cette table ne peuvent pas être distinguées&#xa0;: elle n’a pas de clé.</translation>
    </message>
    <message>
        <source>PostgreSQL computes this column itself.</source>
        <translation>PostgreSQL calcule lui-même cette colonne.</translation>
    </message>
    <message>
        <source>PostgreSQL always numbers this column itself.</source>
        <translation>PostgreSQL numérote toujours lui-même cette colonne.</translation>
    </message>
    <message>
        <source>Your role may not change this column.</source>
        <translation>Votre rôle n’est pas autorisé à modifier cette colonne.</translation>
    </message>
    <message>
        <source>Your role may not add rows to this table.</source>
        <translation>Votre rôle n’est pas autorisé à ajouter des lignes à cette table.</translation>
    </message>
    <message>
        <source>Your role may not delete rows of this table.</source>
        <translation>Votre rôle n’est pas autorisé à supprimer des lignes de cette table.</translation>
    </message>
    <message>
        <source>This column is masked in this connection.</source>
        <translation>Cette colonne est masquée dans cette connexion.</translation>
    </message>
    <message>
        <source>Row security does not let your role change this row.</source>
        <translation>La sécurité par ligne ne laisse pas votre rôle modifier cette ligne.</translation>
    </message>
    <message>
        <source>Row security does not let your role delete this row.</source>
        <translation>La sécurité par ligne ne laisse pas votre rôle supprimer cette ligne.</translation>
    </message>
    <message>
        <source>This row is going to be deleted. Undo that first.</source>
        <translation>Cette ligne va être supprimée. Annulez d’abord sa suppression.</translation>
    </message>
    <message>
        <source>Your role may not change: {columns}.</source>
        <translation>Votre rôle ne peut pas modifier&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>Your role may not read: {columns}.</source>
        <translation>Votre rôle ne peut pas lire&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>Row security does not let your role change or delete this row.</source>
        <translation>La sécurité par ligne ne laisse pas votre rôle modifier ni supprimer cette ligne.</translation>
    </message>
</context>
<context>
    <name>menus</name>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Fichier</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>É&amp;dition</translation>
    </message>
    <message>
        <source>&amp;Rows</source>
        <translation>&amp;Lignes</translation>
    </message>
    <message>
        <source>&amp;Migrations</source>
        <translation>&amp;Migrations</translation>
    </message>
    <message>
        <source>&amp;Seed</source>
        <translation>&amp;Jeux de données</translation>
    </message>
    <message>
        <source>&amp;Backups</source>
        <translation>&amp;Sauvegardes</translation>
    </message>
    <message>
        <source>Hea&amp;lth</source>
        <translation>San&amp;té</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Affichage</translation>
    </message>
    <message>
        <source>&amp;Go</source>
        <translation>Alle&amp;r à</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>A&amp;ide</translation>
    </message>
</context>
<context>
    <name>migrations</name>
    <message>
        <source>Present</source>
        <translation>Présente</translation>
    </message>
    <message>
        <source>Absent</source>
        <translation>Absente</translation>
    </message>
    <message>
        <source>Half-done</source>
        <translation>À moitié faite</translation>
    </message>
    <message>
        <source>Not visible</source>
        <translation>Non visible</translation>
    </message>
    <message>
        <source>schema</source>
        <translation>schéma</translation>
    </message>
    <message>
        <source>table</source>
        <translation>table</translation>
    </message>
    <message>
        <source>column</source>
        <translation>colonne</translation>
    </message>
    <message>
        <source>constraint</source>
        <translation>contrainte</translation>
    </message>
    <message>
        <source>index</source>
        <translation>index</translation>
    </message>
    <message>
        <source>type</source>
        <translation>type</translation>
    </message>
    <message>
        <source>enum value</source>
        <translation>valeur d’énumération</translation>
    </message>
    <message>
        <source>view</source>
        <translation>vue</translation>
    </message>
    <message>
        <source>sequence</source>
        <translation>séquence</translation>
    </message>
    <message>
        <source>function</source>
        <translation>fonction</translation>
    </message>
    <message>
        <source>trigger</source>
        <translation>déclencheur</translation>
    </message>
    <message>
        <source>policy</source>
        <translation>politique</translation>
    </message>
    <message>
        <source>extension</source>
        <translation>extension</translation>
    </message>
    <message>
        <source>comment</source>
        <translation>commentaire</translation>
    </message>
    <message>
        <source>grant</source>
        <translation>privilège</translation>
    </message>
    <message>
        <source>statement</source>
        <translation>instruction</translation>
    </message>
    <message>
        <source>Mark as applied</source>
        <translation>Marquer comme appliquée</translation>
    </message>
    <message>
        <source>Records that everything of it is there. Nothing is run.</source>
        <translation>Consigne que tout est en place. Rien n’est exécuté.</translation>
    </message>
    <message>
        <source>Mark as rolled back and run again</source>
        <translation>Marquer comme annulée et réexécuter</translation>
    </message>
    <message>
        <source>Records that nothing of it is there, and runs it from its beginning.</source>
        <translation>Consigne que rien n’est en place, et l’exécute depuis le début.</translation>
    </message>
    <message>
        <source>Mark as rolled back only</source>
        <translation>Marquer comme annulée seulement</translation>
    </message>
    <message>
        <source>Records that nothing of it is there. The next deploy runs it.</source>
        <translation>Consigne que rien n’est en place. Le prochain déploiement l’exécute.</translation>
    </message>
    <message>
        <source>Clean up and run again…</source>
        <translation>Nettoyer et réexécuter…</translation>
    </message>
    <message>
        <source>Removes what is there of it, then runs it from its beginning.</source>
        <translation>Retire ce qui en est en place, puis l’exécute depuis le début.</translation>
    </message>
    <message>
        <source>Finish the rest…</source>
        <translation>Terminer le reste…</translation>
    </message>
    <message>
        <source>Runs only what is missing, and records it as applied.</source>
        <translation>N’exécute que ce qui manque, et la consigne comme appliquée.</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Réessayer</translation>
    </message>
    <message>
        <source>Runs it again from its beginning.</source>
        <translation>La réexécute depuis le début.</translation>
    </message>
    <message>
        <source>Everything this revision makes is in the database; only the record is missing.</source>
        <translation>Tout ce que crée cette révision est dans la base&#xa0;; seule l’inscription manque.</translation>
    </message>
    <message>
        <source>Nothing of this revision is in the database.</source>
        <translation>Rien de cette révision n’est dans la base.</translation>
    </message>
    <message>
        <source>Nothing of this revision is in the database, and on an empty one it fails too: mend its file before it runs again.</source>
        <translation>Rien de cette révision n’est dans la base, et elle échoue aussi sur une base vide&#xa0;: corrigez son fichier avant de la réexécuter.</translation>
    </message>
    <message>
        <source>Part of this revision is in the database, and it can be removed without loss.</source>
        <translation>Une partie de cette révision est dans la base, et peut être retirée sans perte.</translation>
    </message>
    <message>
        <source>Part of this revision is in the database, and what is missing can be run by itself.</source>
        <translation>Une partie de cette révision est dans la base, et ce qui manque peut être exécuté seul.</translation>
    </message>
    <message>
        <source>Nothing of this revision is in the database, and what stopped it was a passing trouble.</source>
        <translation>Rien de cette révision n’est dans la base, et c’est un incident passager qui l’a arrêtée.</translation>
    </message>
    <message>
        <source>First correct the rows that it stumbled over: while they are as they are, running it again fails in the same place.</source>
        <translation>Corrigez d’abord les lignes qui l’ont fait échouer&#xa0;: tant qu’elles restent ainsi, une nouvelle exécution échouera au même endroit.</translation>
    </message>
    <message>
        <source>First give the role the right that it lacked: without it, running it again fails in the same place.</source>
        <translation>Donnez d’abord au rôle le droit qui lui manquait&#xa0;: sans lui, une nouvelle exécution échouera au même endroit.</translation>
    </message>
    <message>
        <source>It has statements that change rows, and nobody can see whether they were run.</source>
        <translation>Elle a des instructions qui modifient des lignes, et nul ne peut voir si elles ont été exécutées.</translation>
    </message>
    <message>
        <source>Something was dropped or changed that can&apos;t be brought back by removing.</source>
        <translation>Quelque chose a été supprimé ou modifié, qu’un retrait ne peut pas rétablir.</translation>
    </message>
    <message>
        <source>What would have to be removed was not made by this revision, or may hold older rows.</source>
        <translation>Ce qu’il faudrait supprimer n’a pas été créé par cette révision, ou peut contenir des lignes plus anciennes.</translation>
    </message>
    <message>
        <source>What is missing can&apos;t be run without what came before it.</source>
        <translation>Ce qui manque ne peut pas être exécuté sans ce qui précède.</translation>
    </message>
    <message>
        <source>Nothing is missing.</source>
        <translation>Rien ne manque.</translation>
    </message>
    <message>
        <source>Nothing of it is there.</source>
        <translation>Rien n’en est présent.</translation>
    </message>
    <message>
        <source>What is in the database could not be found out.</source>
        <translation>Le contenu de la base n’a pas pu être déterminé.</translation>
    </message>
    <message>
        <source>The version table says already that it is applied.</source>
        <translation>La table des versions indique déjà qu’elle est appliquée.</translation>
    </message>
    <message>
        <source>{name} will be missing, and later migrations may need it.</source>
        <translation>{name}&#xa0;: manquera, et des migrations ultérieures peuvent en avoir besoin.</translation>
    </message>
    <message>
        <source>{name} is there already, so running it again will fail there.</source>
        <translation>{name}&#xa0;: existe déjà, la réexécution y échouera donc.</translation>
    </message>
    <message>
        <source>{name} changes rows; whether it was run is not known, so it may be done twice or never.</source>
        <translation>{name}&#xa0;: modifie des lignes&#xa0;; on ignore si elle a été exécutée, ce peut donc être fait deux fois ou jamais.</translation>
    </message>
    <message>
        <source>The rows that {name} writes will be missing.</source>
        <translation>{name}&#xa0;: les lignes qu’elle écrit manqueront.</translation>
    </message>
    <message>
        <source>The rows that {name} writes will be written a second time.</source>
        <translation>{name}&#xa0;: les lignes qu’elle écrit le seront une seconde fois.</translation>
    </message>
    <message>
        <source>{name} has rows, and they go with it.</source>
        <translation>{name}&#xa0;: contient des lignes, qui disparaissent avec.</translation>
    </message>
    <message>
        <source>{name} is another than the revision makes it, and will stay so.</source>
        <translation>{name}&#xa0;: diffère de ce que crée la révision, et le restera.</translation>
    </message>
    <message>
        <source>{name} failed on a throwaway database too, so it will fail here again.</source>
        <translation>{name}&#xa0;: a échoué aussi sur une base d’essai, et échouera donc encore ici.</translation>
    </message>
    <message>
        <source>The file of {name} is another one than when it ran.</source>
        <translation>Le fichier de {name} n’est plus celui qui a été exécuté.</translation>
    </message>
    <message>
        <source>What of {name} is in the database is not known, so nobody can say what will be wrong.</source>
        <translation>On ignore ce qui, de {name}, est dans la base&#xa0;: nul ne peut donc dire ce qui n’ira pas.</translation>
    </message>
    <message>
        <source>is gone</source>
        <translation>a disparu</translation>
    </message>
    <message>
        <source>is there</source>
        <translation>est là</translation>
    </message>
    <message>
        <source>is not there</source>
        <translation>n’est pas là</translation>
    </message>
    <message>
        <source>committed, the ledger says</source>
        <translation>validée, selon le registre</translation>
    </message>
    <message>
        <source>not committed, the ledger says</source>
        <translation>non validée, selon le registre</translation>
    </message>
    <message>
        <source>Nobody can say which way is right. Look by yourself, and decide.</source>
        <translation>Nul ne peut dire quelle issue est la bonne. Regardez par vous-même, et décidez.</translation>
    </message>
    <message>
        <source>Nobody can say for sure which way is right. Look at the statements above, and decide.</source>
        <translation>Nul ne peut dire avec certitude quelle issue est la bonne. Regardez les instructions ci-dessus, et décidez.</translation>
    </message>
    <message>
        <source>Reason: {code}.</source>
        <translation>Raison&#xa0;: {code}.</translation>
    </message>
    <message>
        <source>Found by running the revision on a throwaway database and comparing, statement by statement.</source>
        <translation>Constaté en exécutant la révision sur une base d’essai et en comparant, instruction par instruction.</translation>
    </message>
    <message>
        <source>Found from the text of the statements alone: a throwaway database could not be had.</source>
        <translation>Constaté d’après le seul texte des instructions&#xa0;: aucune base d’essai n’était disponible.</translation>
    </message>
    <message>
        <source>This revision asks the database and decides by the answer, so its SQL is known only when it runs. The safety report, made on a copy, shows what it does there.</source>
        <translation>Cette révision interroge la base et décide selon la réponse&#xa0;: son SQL n’est connu qu’à l’exécution. Le rapport de sûreté, fait sur une copie, montre ce qu’elle y fait.</translation>
    </message>
    <message>
        <source>Writing its SQL without a database failed:</source>
        <translation>L’écriture de son SQL sans base a échoué&#xa0;:</translation>
    </message>
    <message>
        <source>The project&apos;s env.py can&apos;t be loaded:</source>
        <translation>L’env.py du projet ne peut pas être chargé&#xa0;:</translation>
    </message>
    <message>
        <source>Nobody can read or write “{relation}” meanwhile</source>
        <translation>Personne ne peut lire ni écrire «&#xa0;{relation}&#xa0;» pendant ce temps</translation>
    </message>
    <message>
        <source>Nobody can write to “{relation}” meanwhile</source>
        <translation>Personne ne peut écrire dans «&#xa0;{relation}&#xa0;» pendant ce temps</translation>
    </message>
    <message>
        <source>“{relation}” is written anew, row by row</source>
        <translation>«&#xa0;{relation}&#xa0;» est réécrite, ligne par ligne</translation>
    </message>
    <message>
        <source>“{relation}” is dropped, with all its rows</source>
        <translation>«&#xa0;{relation}&#xa0;» est supprimée, avec toutes ses lignes</translation>
    </message>
    <message>
        <source>A column of “{relation}” is dropped, with all its values</source>
        <translation>Une colonne de «&#xa0;{relation}&#xa0;» est supprimée, avec toutes ses valeurs</translation>
    </message>
    <message>
        <source>A column of “{relation}” gets another type</source>
        <translation>Une colonne de «&#xa0;{relation}&#xa0;» change de type</translation>
    </message>
    <message>
        <source>“{relation}” is emptied</source>
        <translation>«&#xa0;{relation}&#xa0;» est vidée</translation>
    </message>
    <message>
        <source>All rows of “{relation}” are changed or deleted</source>
        <translation>Toutes les lignes de «&#xa0;{relation}&#xa0;» sont modifiées ou supprimées</translation>
    </message>
    <message>
        <source>This statement runs outside of a transaction</source>
        <translation>Cette instruction s’exécute hors transaction</translation>
    </message>
    <message>
        <source>No lock_timeout is set</source>
        <translation>Aucun lock_timeout n’est défini</translation>
    </message>
    <message>
        <source>An index of “{relation}” is built under a lock</source>
        <translation>Un index de «&#xa0;{relation}&#xa0;» est construit sous verrou</translation>
    </message>
    <message>
        <source>All rows of “{relation}” are checked under a lock</source>
        <translation>Toutes les lignes de «&#xa0;{relation}&#xa0;» sont vérifiées sous verrou</translation>
    </message>
    <message>
        <source>All rows of “{relation}” are looked through for NULL</source>
        <translation>Toutes les lignes de «&#xa0;{relation}&#xa0;» sont parcourues à la recherche de NULL</translation>
    </message>
    <message>
        <source>It failed in the rehearsal</source>
        <translation>Elle a échoué lors de la répétition</translation>
    </message>
    <message>
        <source>Afterwards models and database still differ</source>
        <translation>Ensuite, modèles et base diffèrent encore</translation>
    </message>
    <message>
        <source>squawk: {rule}</source>
        <translation>squawk&#xa0;: {rule}</translation>
    </message>
    <message>
        <source>It can&apos;t be rolled back: if a later one fails, what it did stays.</source>
        <translation>Elle ne peut pas être annulée&#xa0;: si une suivante échoue, ce qu’elle a fait reste.</translation>
    </message>
    <message>
        <source>Waiting for a lock, a statement makes everybody else wait behind it, for as long as it takes.</source>
        <translation>En attendant un verrou, une instruction fait attendre tous les autres derrière elle, aussi longtemps que cela dure.</translation>
    </message>
    <message>
        <source>CREATE INDEX CONCURRENTLY, in an autocommit_block, lets others write meanwhile.</source>
        <translation>CREATE INDEX CONCURRENTLY, dans un autocommit_block, laisse les autres écrire pendant ce temps.</translation>
    </message>
    <message>
        <source>Added NOT VALID and validated in a later transaction, it lets others read and write meanwhile.</source>
        <translation>Ajoutée NOT VALID et validée dans une transaction ultérieure, elle laisse les autres lire et écrire pendant ce temps.</translation>
    </message>
    <message>
        <source>A validated CHECK (… IS NOT NULL), made before, spares PostgreSQL the look.</source>
        <translation>Un CHECK (… IS NOT NULL) validé au préalable épargne cette lecture à PostgreSQL.</translation>
    </message>
    <message>
        <source>Dangers</source>
        <translation>Dangers</translation>
    </message>
    <message>
        <source>Take care</source>
        <translation>Prudence</translation>
    </message>
    <message>
        <source>Good to know</source>
        <translation>Bon à savoir</translation>
    </message>
    <message>
        <source>Rehearsed on a copy of this database with its rows, in {duration}.</source>
        <translation>Répétée sur une copie de cette base avec ses lignes, en {duration}.</translation>
    </message>
    <message>
        <source>Rehearsed on a copy of this database&apos;s schema, without rows, in {duration}.</source>
        <translation>Répétée sur une copie du schéma de cette base, sans lignes, en {duration}.</translation>
    </message>
    <message>
        <source>It was not rehearsed; what follows is read from the statements alone.</source>
        <translation>Elle n’a pas été répétée&#xa0;; ce qui suit est tiré des seules instructions.</translation>
    </message>
    <message>
        <source>New table {name}</source>
        <translation>Nouvelle table {name}</translation>
    </message>
    <message>
        <source>Table {name} is dropped</source>
        <translation>La table {name} est supprimée</translation>
    </message>
    <message>
        <source>New column {name}</source>
        <translation>Nouvelle colonne {name}</translation>
    </message>
    <message>
        <source>Column {name} is dropped</source>
        <translation>La colonne {name} est supprimée</translation>
    </message>
    <message>
        <source>{name} gets another type</source>
        <translation>{name} change de type</translation>
    </message>
    <message>
        <source>{name}: whether NULL is allowed changes</source>
        <translation>{name}&#xa0;: l’admission de NULL change</translation>
    </message>
    <message>
        <source>{name} gets another default</source>
        <translation>{name} change de valeur par défaut</translation>
    </message>
    <message>
        <source>{name} gets another comment</source>
        <translation>{name} change de commentaire</translation>
    </message>
    <message>
        <source>New index {name}</source>
        <translation>Nouvel index {name}</translation>
    </message>
    <message>
        <source>Index {name} is dropped</source>
        <translation>L’index {name} est supprimé</translation>
    </message>
    <message>
        <source>New constraint {name}</source>
        <translation>Nouvelle contrainte {name}</translation>
    </message>
    <message>
        <source>Constraint {name} is dropped</source>
        <translation>La contrainte {name} est supprimée</translation>
    </message>
    <message>
        <source>New value of the enum {name}</source>
        <translation>Nouvelle valeur de l’énumération {name}</translation>
    </message>
    <message>
        <source>The enum {name} gets other values</source>
        <translation>L’énumération {name} change de valeurs</translation>
    </message>
    <message>
        <source>New enum {name}</source>
        <translation>Nouvelle énumération {name}</translation>
    </message>
    <message>
        <source>Enum {name} is dropped</source>
        <translation>L’énumération {name} est supprimée</translation>
    </message>
    <message>
        <source>New view {name}</source>
        <translation>Nouvelle vue {name}</translation>
    </message>
    <message>
        <source>The view {name} asks something else</source>
        <translation>La vue {name} change de requête</translation>
    </message>
    <message>
        <source>View {name} is dropped</source>
        <translation>La vue {name} est supprimée</translation>
    </message>
    <message>
        <source>Table {name} gets another name</source>
        <translation>Table {name} renommée</translation>
    </message>
    <message>
        <source>Column {name} gets another name</source>
        <translation>Colonne {name} renommée</translation>
    </message>
    <message>
        <source>Index {name} gets another name</source>
        <translation>Index {name} renommé</translation>
    </message>
    <message>
        <source>Constraint {name} gets another name</source>
        <translation>Contrainte {name} renommée</translation>
    </message>
    <message>
        <source>Upgrade</source>
        <translation>Mise à niveau</translation>
    </message>
    <message>
        <source>Downgrade</source>
        <translation>Retour en arrière</translation>
    </message>
    <message>
        <source>Upgrade again</source>
        <translation>Nouvelle mise à niveau</translation>
    </message>
    <message>
        <source>Models against the database</source>
        <translation>Modèles comparés à la base</translation>
    </message>
    <message>
        <source>Models: the project has none to compare with</source>
        <translation>Modèles&#xa0;: le projet n’en a pas à comparer</translation>
    </message>
    <message>
        <source>Schema after the downgrade against before</source>
        <translation>Schéma après le retour en arrière, comparé à avant</translation>
    </message>
    <message>
        <source>on the embedded PostgreSQL</source>
        <translation>sur le PostgreSQL embarqué</translation>
    </message>
    <message>
        <source>in a throwaway database on the same server</source>
        <translation>dans une base d’essai sur le même serveur</translation>
    </message>
    <message>
        <source>Its SQL can&apos;t be shown without running it.</source>
        <translation>Son SQL ne peut pas être montré sans l’exécuter.</translation>
    </message>
    <message>
        <source>To be looked at: {code}</source>
        <translation>À examiner&#xa0;: {code}</translation>
    </message>
    <message>
        <source>No rows in this database.</source>
        <translation>Aucune ligne dans cette base.</translation>
    </message>
    <message>
        <source>One row in this database.</source>
        <translation>Une ligne dans cette base.</translation>
    </message>
    <message>
        <source>About {rows} rows in this database.</source>
        <translation>Environ {rows} lignes dans cette base.</translation>
    </message>
    <message>
        <source>How many rows it has is not known.</source>
        <translation>Son nombre de lignes n’est pas connu.</translation>
    </message>
    <message>
        <source>The more rows, the longer it takes and the more room it needs on the disk.</source>
        <translation>Plus il y a de lignes, plus cela dure et occupe de place sur le disque.</translation>
    </message>
    <message>
        <source>Constraint</source>
        <translation>Contrainte</translation>
    </message>
    <message>
        <source>Column</source>
        <translation>Colonne</translation>
    </message>
    <message>
        <source>{revision}, statement {number}</source>
        <translation>{revision}, instruction {number}</translation>
    </message>
    <message>
        <source>squawk looked at it too.</source>
        <translation>squawk l’a examinée aussi.</translation>
    </message>
    <message>
        <source>The table {old} is renamed to {new}; its rows are kept</source>
        <translation>La table {old} est renommée en {new}&#xa0;; ses lignes sont gardées</translation>
    </message>
    <message>
        <source>The column {old} of {table} is renamed to {new}; its values are kept</source>
        <translation>La colonne {old} de {table} est renommée en {new}&#xa0;; ses valeurs sont gardées</translation>
    </message>
    <message>
        <source>{ms} ms</source>
        <translation>{ms}&#xa0;ms</translation>
    </message>
    <message>
        <source>{s} s</source>
        <translation>{s}&#xa0;s</translation>
    </message>
    <message>
        <source>{min} min {s} s</source>
        <translation>{min}&#xa0;min {s}&#xa0;s</translation>
    </message>
    <message>
        <source>{h} h {min} min</source>
        <translation>{h}&#xa0;h {min}&#xa0;min</translation>
    </message>
    <message>
        <source>Reading where the database stands…</source>
        <translation>Lecture de l’état de la base…</translation>
    </message>
    <message>
        <source>This connection is read-only.</source>
        <translation>Cette connexion est en lecture seule.</translation>
    </message>
    <message>
        <source>Production is locked: unlock it at the top of the window first.</source>
        <translation>La production est verrouillée&#xa0;: déverrouillez-la d’abord en haut de la fenêtre.</translation>
    </message>
    <message>
        <source>Not in this environment.</source>
        <translation>Pas dans cet environnement.</translation>
    </message>
    <message>
        <source>For prototyping only: not in staging and production.</source>
        <translation>Pour le prototypage seulement&#xa0;: ni en préproduction, ni en production.</translation>
    </message>
    <message>
        <source>Prisma manages this database.</source>
        <translation>Prisma gère cette base.</translation>
    </message>
    <message>
        <source>Migrations are running.</source>
        <translation>Des migrations sont en cours.</translation>
    </message>
    <message>
        <source>Mend the project&apos;s files first: Alembic loads all of them or none.</source>
        <translation>Réparez d’abord les fichiers du projet&#xa0;: Alembic les charge tous ou aucun.</translation>
    </message>
    <message>
        <source>Resolve what failed first.</source>
        <translation>Résolvez d’abord ce qui a échoué.</translation>
    </message>
    <message>
        <source>Restore the versions first.</source>
        <translation>Restaurez d’abord les versions.</translation>
    </message>
    <message>
        <source>Get the project&apos;s latest code first: the database is ahead of it.</source>
        <translation>Récupérez d’abord le dernier code du projet&#xa0;: la base est en avance sur lui.</translation>
    </message>
    <message>
        <source>Stamp the revision that the database corresponds to first.</source>
        <translation>Tamponnez d’abord la révision à laquelle la base correspond.</translation>
    </message>
    <message>
        <source>Nothing is pending.</source>
        <translation>Rien n’est en attente.</translation>
    </message>
    <message>
        <source>Nothing is applied.</source>
        <translation>Rien n’est appliqué.</translation>
    </message>
    <message>
        <source>There are no migrations yet.</source>
        <translation>Il n’y a pas encore de migrations.</translation>
    </message>
    <message>
        <source>There is nothing to merge: the project has one head.</source>
        <translation>Il n’y a rien à fusionner&#xa0;: le projet a une seule tête.</translation>
    </message>
    <message>
        <source>Nothing failed.</source>
        <translation>Rien n’a échoué.</translation>
    </message>
    <message>
        <source>The version table is as it should be.</source>
        <translation>La table des versions est comme elle doit être.</translation>
    </message>
    <message>
        <source>The project is Alembic&apos;s already.</source>
        <translation>Le projet est déjà à Alembic.</translation>
    </message>
    <message>
        <source>There are tables and no ledger (P3005): record as baseline what they correspond to first.</source>
        <translation>Il y a des tables et pas de registre (P3005)&#xa0;: consignez d’abord comme base de départ ce à quoi elles correspondent.</translation>
    </message>
    <message>
        <source>Deploy…</source>
        <translation>Déployer…</translation>
    </message>
    <message>
        <source>Resolve…</source>
        <translation>Résoudre…</translation>
    </message>
    <message>
        <source>Restore versions…</source>
        <translation>Restaurer les versions…</translation>
    </message>
    <message>
        <source>Create…</source>
        <translation>Créer…</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>Comparer</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>Tester</translation>
    </message>
    <message>
        <source>Push models…</source>
        <translation>Pousser les modèles…</translation>
    </message>
    <message>
        <source>Downgrade…</source>
        <translation>Revenir en arrière…</translation>
    </message>
    <message>
        <source>Stamp…</source>
        <translation>Tamponner…</translation>
    </message>
    <message>
        <source>Merge heads…</source>
        <translation>Fusionner les têtes…</translation>
    </message>
    <message>
        <source>Pull models…</source>
        <translation>Tirer les modèles…</translation>
    </message>
    <message>
        <source>Adopt into Alembic…</source>
        <translation>Adopter dans Alembic…</translation>
    </message>
    <message>
        <source>Show what is pending, check it, and run it</source>
        <translation>Montrer ce qui est en attente, le vérifier et l’exécuter</translation>
    </message>
    <message>
        <source>See what is there of the failed migration, and go on</source>
        <translation>Voir ce qui est en place de la migration échouée, et continuer</translation>
    </message>
    <message>
        <source>Write the version table again from the ledger</source>
        <translation>Réécrire la table des versions d’après le registre</translation>
    </message>
    <message>
        <source>Create a migration from the models</source>
        <translation>Créer une migration d’après les modèles</translation>
    </message>
    <message>
        <source>Compare the models with the database</source>
        <translation>Comparer les modèles à la base</translation>
    </message>
    <message>
        <source>Try what is pending on a throwaway copy</source>
        <translation>Tester ce qui est en attente sur une copie d’essai</translation>
    </message>
    <message>
        <source>Bring the database to the models, without a migration</source>
        <translation>Aligner la base sur les modèles, sans migration</translation>
    </message>
    <message>
        <source>Take migrations back</source>
        <translation>Retirer des migrations</translation>
    </message>
    <message>
        <source>Say that a revision is there, without running it</source>
        <translation>Déclarer qu’une révision est en place, sans l’exécuter</translation>
    </message>
    <message>
        <source>Create a revision that joins all heads</source>
        <translation>Créer une révision qui réunit toutes les têtes</translation>
    </message>
    <message>
        <source>Write models of the database as it is</source>
        <translation>Écrire les modèles de la base telle qu’elle est</translation>
    </message>
    <message>
        <source>Go over from Prisma to Alembic, step by step</source>
        <translation>Passer de Prisma à Alembic, pas à pas</translation>
    </message>
    <message>
        <source>after {revisions}</source>
        <translation>après {revisions}</translation>
    </message>
    <message>
        <source>database is here</source>
        <translation>la base est ici</translation>
    </message>
    <message>
        <source>merge</source>
        <translation>fusion</translation>
    </message>
    <message>
        <source>head</source>
        <translation>tête</translation>
    </message>
    <message>
        <source>Its file was created {moment}</source>
        <translation>Son fichier a été créé le {moment}</translation>
    </message>
    <message>
        <source>{who} on {host}</source>
        <translation>{who} sur {host}</translation>
    </message>
    <message>
        <source>State</source>
        <translation>État</translation>
    </message>
    <message>
        <source>Migration</source>
        <translation>Migration</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Révision</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>Date</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>Durée</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Qui</translation>
    </message>
    <message>
        <source>Prisma manages this database</source>
        <translation>Prisma gère cette base</translation>
    </message>
    <message>
        <source>Its ledger, _prisma_migrations, is here. Deploy with Prisma; Studio changes nothing of it.</source>
        <translation>Son registre, _prisma_migrations, est ici. Déployez avec Prisma&#xa0;; Studio n’y change rien.</translation>
    </message>
    <message>
        <source>Migrations are running</source>
        <translation>Des migrations sont en cours</translation>
    </message>
    <message>
        <source>Nothing else can run until that has ended.</source>
        <translation>Rien d’autre ne peut être exécuté avant la fin.</translation>
    </message>
    <message>
        <source>Now: {name}. Nothing else can run until that has ended.</source>
        <translation>En cours&#xa0;: {name}. Rien d’autre ne peut être exécuté avant la fin.</translation>
    </message>
    <message>
        <source>Nothing else runs until it is resolved: Studio shows what is there of it.</source>
        <translation>Rien d’autre n’est exécuté tant qu’elle n’est pas résolue&#xa0;: Studio montre ce qui en est en place.</translation>
    </message>
    <message>
        <source>“{name}” failed</source>
        <translation>«&#xa0;{name}&#xa0;» a échoué</translation>
    </message>
    <message>
        <source>“{name}” was interrupted</source>
        <translation>«&#xa0;{name}&#xa0;» a été interrompue</translation>
    </message>
    <message>
        <source>The version table is empty</source>
        <translation>La table des versions est vide</translation>
    </message>
    <message>
        <source>The version table is gone</source>
        <translation>La table des versions a disparu</translation>
    </message>
    <message>
        <source>The ledger knows what was applied: the versions can be written again from it.</source>
        <translation>Le registre sait ce qui a été appliqué&#xa0;: les versions peuvent être réécrites d’après lui.</translation>
    </message>
    <message>
        <source>{name} has failed, and nothing else is applied before that is resolved</source>
        <translation>{name} a échoué, et rien d’autre n’est appliqué avant que ce soit réglé</translation>
    </message>
    <message>
        <source>{name} was begun and never ended</source>
        <translation>{name} a été commencée et jamais finie</translation>
    </message>
    <message>
        <source>{name} is being run now</source>
        <translation>{name} est en cours d’exécution</translation>
    </message>
    <message>
        <source>{name} was edited since it was applied</source>
        <translation>{name} a été modifiée depuis son application</translation>
    </message>
    <message>
        <source>{name} is applied, and its folder is gone</source>
        <translation>{name} est appliquée, et son dossier a disparu</translation>
    </message>
    <message>
        <source>{name} was rolled back: the next deploy runs it again</source>
        <translation>{name} a été annulée&#xa0;: le prochain déploiement la rejoue</translation>
    </message>
    <message>
        <source>{name} begins with a byte order mark: PostgreSQL takes it for an error.</source>
        <translation>{name} commence par une marque d’ordre des octets&#xa0;: PostgreSQL y voit une erreur.</translation>
    </message>
    <message>
        <source>{name} has a BEGIN without its COMMIT: all since then is lost when the connection ends, though Prisma says that all was applied.</source>
        <translation>{name} a un BEGIN sans son COMMIT&#xa0;: tout ce qui suit est perdu à la fin de la connexion, bien que Prisma dise que tout est appliqué.</translation>
    </message>
    <message>
        <source>{name} moves the search path: Prisma may not find its own ledger after it (P1014).</source>
        <translation>{name} déplace le search_path&#xa0;: Prisma peut ne plus trouver son propre registre ensuite (P1014).</translation>
    </message>
    <message>
        <source>{name} has COPY … FROM STDIN, whose rows can&apos;t be sent this way.</source>
        <translation>{name} contient COPY … FROM STDIN, dont les lignes ne peuvent pas être envoyées ainsi.</translation>
    </message>
    <message>
        <source>{name} builds or drops an index CONCURRENTLY beside other statements, all sent as one: PostgreSQL refuses that.</source>
        <translation>{name} crée ou supprime un index CONCURRENTLY à côté d’autres instructions, envoyées d’un bloc&#xa0;: PostgreSQL le refuse.</translation>
    </message>
    <message>
        <source>This version of Prisma sends scripts statement by statement: what went before a failing statement stays.</source>
        <translation>Cette version de Prisma envoie les scripts instruction par instruction&#xa0;: ce qui précède une instruction en échec reste.</translation>
    </message>
    <message>
        <source>Its folder has no migration.sql (P3015): restore the file, or delete the folder.</source>
        <translation>Son dossier n’a pas de migration.sql (P3015)&#xa0;: restaurez le fichier, ou supprimez le dossier.</translation>
    </message>
    <message>
        <source>It has tables, and no _prisma_migrations. Record as baseline what they correspond to, then deploy.</source>
        <translation>Elle a des tables, et pas de _prisma_migrations. Consignez comme base de départ ce à quoi elles correspondent, puis déployez.</translation>
    </message>
    <message>
        <source>Nothing is applied yet</source>
        <translation>Rien n’est encore appliqué</translation>
    </message>
    <message>
        <source>All is applied, not all as it stands here</source>
        <translation>Tout est appliqué, pas tout tel que c’est ici</translation>
    </message>
    <message>
        <source>The database is ahead of the folder</source>
        <translation>La base est en avance sur le dossier</translation>
    </message>
    <message>
        <source>checksum {sum}</source>
        <translation>somme {sum}</translation>
    </message>
    <message>
        <source>applied as {sum}</source>
        <translation>appliquée comme {sum}</translation>
    </message>
    <message>
        <source>It was begun, and neither an end nor an error was recorded: what ran it is gone, its script left a transaction open, or failed inside a transaction of its own.</source>
        <translation>Elle a été commencée, et ni fin ni erreur n’a été consignée&#xa0;: ce qui l’exécutait a disparu, son script a laissé une transaction ouverte, ou a échoué dans une transaction à lui.</translation>
    </message>
    <message>
        <source>{heads}. Join them by a merge, so that everybody ends at the same revision.</source>
        <translation>{heads}. Réunissez-les par une fusion, pour que tous arrivent à la même révision.</translation>
    </message>
    <message>
        <source>This database is not under migrations yet</source>
        <translation>Cette base n’est pas encore sous migrations</translation>
    </message>
    <message>
        <source>It has tables, and no version table. Stamp the revision that it corresponds to, then deploy.</source>
        <translation>Elle a des tables, mais pas de table des versions. Tamponnez la révision à laquelle elle correspond, puis déployez.</translation>
    </message>
    <message>
        <source>Nothing to run yet</source>
        <translation>Rien à exécuter pour l’instant</translation>
    </message>
    <message>
        <source>The database is empty, and the project has no migrations.</source>
        <translation>La base est vide et le projet n’a pas de migrations.</translation>
    </message>
    <message>
        <source>The database is empty</source>
        <translation>La base est vide</translation>
    </message>
    <message>
        <source>Before the first one runs you are asked where to keep the ledger.</source>
        <translation>Avant la première, il vous sera demandé où garder le registre.</translation>
    </message>
    <message>
        <source>See what they would do before anything runs.</source>
        <translation>Voyez ce qu’elles feraient avant que rien ne soit exécuté.</translation>
    </message>
    <message>
        <source>All migrations are applied. Create one that makes up the difference.</source>
        <translation>Toutes les migrations sont appliquées. Créez-en une qui comble l’écart.</translation>
    </message>
    <message>
        <source>Up to date</source>
        <translation>À jour</translation>
    </message>
    <message>
        <source>Applied</source>
        <translation>Appliquée</translation>
    </message>
    <message>
        <source>It is in the database, and the ledger has its run.</source>
        <translation>Elle est dans la base, et le registre a son exécution.</translation>
    </message>
    <message>
        <source>Pending</source>
        <translation>En attente</translation>
    </message>
    <message>
        <source>The next deploy runs it.</source>
        <translation>Le prochain déploiement l’exécute.</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>En cours</translation>
    </message>
    <message>
        <source>It is being run now.</source>
        <translation>Elle est en cours d’exécution.</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Échouée</translation>
    </message>
    <message>
        <source>It stopped with an error. Nothing else runs until that is resolved.</source>
        <translation>Elle s’est arrêtée sur une erreur. Rien d’autre n’est exécuté tant que ce n’est pas résolu.</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>Interrompue</translation>
    </message>
    <message>
        <source>It was begun, and what ran it is gone. Nothing else runs until it is resolved.</source>
        <translation>Elle a été commencée, et ce qui l’exécutait a disparu. Rien d’autre n’est exécuté tant qu’elle n’est pas résolue.</translation>
    </message>
    <message>
        <source>Rolled back</source>
        <translation>Annulée</translation>
    </message>
    <message>
        <source>It is not in the database any more. The next deploy runs it again.</source>
        <translation>Elle n’est plus dans la base. Le prochain déploiement la réexécute.</translation>
    </message>
    <message>
        <source>Applied elsewhere</source>
        <translation>Appliquée ailleurs</translation>
    </message>
    <message>
        <source>The version table has it, and the ledger knows of no run: it was not run by Studio.</source>
        <translation>La table des versions l’a, et le registre ne connaît aucune exécution&#xa0;: elle n’a pas été exécutée par Studio.</translation>
    </message>
    <message>
        <source>Edited since</source>
        <translation>Modifiée depuis</translation>
    </message>
    <message>
        <source>Its file is not the one that was applied. The database has the former one.</source>
        <translation>Son fichier n’est pas celui qui a été appliqué. La base a l’ancien.</translation>
    </message>
    <message>
        <source>No file</source>
        <translation>Sans fichier</translation>
    </message>
    <message>
        <source>It is in the database, and the project&apos;s folder has no file of it.</source>
        <translation>Elle est dans la base, et le dossier du projet n’en a pas de fichier.</translation>
    </message>
    <message>
        <source>Baseline</source>
        <translation>État de départ</translation>
    </message>
    <message>
        <source>It was there before the ledger, or was stamped, and is taken as applied.</source>
        <translation>Elle était là avant le registre, ou a été tamponnée, et est considérée comme appliquée.</translation>
    </message>
    <message>
        <source>Marked as applied</source>
        <translation>Marquée comme appliquée</translation>
    </message>
    <message>
        <source>Marked as rolled back</source>
        <translation>Marquée comme annulée</translation>
    </message>
    <message>
        <source>Cleaned up</source>
        <translation>Nettoyée</translation>
    </message>
    <message>
        <source>Stamped</source>
        <translation>Tamponnée</translation>
    </message>
    <message>
        <source>Accepted as baseline</source>
        <translation>Acceptée comme état de départ</translation>
    </message>
    <message>
        <source>Python can&apos;t read this file.</source>
        <translation>Python ne peut pas lire ce fichier.</translation>
    </message>
    <message>
        <source>This file says no revision: a line “revision = …” is missing.</source>
        <translation>Ce fichier ne déclare pas de révision&#xa0;: il manque une ligne «&#xa0;revision = …&#xa0;».</translation>
    </message>
    <message>
        <source>An identifier is computed; it must stand there as a plain text.</source>
        <translation>Un identifiant est calculé&#xa0;; il doit y figurer comme simple texte.</translation>
    </message>
    <message>
        <source>This file can&apos;t be opened.</source>
        <translation>Ce fichier ne peut pas être ouvert.</translation>
    </message>
    <message>
        <source>The revision {revision} is in two files; the other is {other}.</source>
        <translation>La révision {revision} est dans deux fichiers&#xa0;; l’autre est {other}.</translation>
    </message>
    <message>
        <source>{revision} builds on {other}, and no file has that.</source>
        <translation>{revision} repose sur {other}, qu’aucun fichier ne contient.</translation>
    </message>
    <message>
        <source>{revision} depends on {other}, and no file has that.</source>
        <translation>{revision} dépend de {other}, qu’aucun fichier ne contient.</translation>
    </message>
    <message>
        <source>These build on one another in a circle: {revisions}</source>
        <translation>Celles-ci reposent en cercle les unes sur les autres&#xa0;: {revisions}</translation>
    </message>
    <message>
        <source>{revision} has no migration.sql: restore it, or delete the folder.</source>
        <translation>{revision} n’a pas de migration.sql&#xa0;: restaurez-le, ou supprimez le dossier.</translation>
    </message>
    <message>
        <source>This says that the migrations are for {other}, not for postgresql.</source>
        <translation>Ceci dit que les migrations sont pour {other}, pas pour postgresql.</translation>
    </message>
    <message>
        <source>the role may not create its table</source>
        <translation>le rôle ne peut pas créer sa table</translation>
    </message>
    <message>
        <source>the database is read-only</source>
        <translation>la base est en lecture seule</translation>
    </message>
    <message>
        <source>nothing of Studio&apos;s is to be in this database</source>
        <translation>rien de Studio ne doit être dans cette base</translation>
    </message>
    <message>
        <source>Failed to be taken back</source>
        <translation>Échec du retrait</translation>
    </message>
    <message>
        <source>Begun, then marked as rolled back</source>
        <translation>Commencée, puis marquée comme annulée</translation>
    </message>
    <message>
        <source>Taken back</source>
        <translation>Retirée</translation>
    </message>
    <message>
        <source>This file can&apos;t be used ({code}).</source>
        <translation>Ce fichier est inutilisable ({code}).</translation>
    </message>
    <message>
        <source>{file}, line {line}</source>
        <translation>{file}, ligne {line}</translation>
    </message>
    <message>
        <source>Prisma&apos;s ledger, as version {version} keeps it</source>
        <translation>Le registre de Prisma, tel que la version {version} le tient</translation>
    </message>
    <message>
        <source>Prisma&apos;s ledger</source>
        <translation>Registre de Prisma</translation>
    </message>
    <message>
        <source>Ledger in the database</source>
        <translation>Registre dans la base</translation>
    </message>
    <message>
        <source>No ledger yet; the first deploy asks where to keep it</source>
        <translation>Pas encore de registre&#xa0;: demandé au premier déploiement</translation>
    </message>
    <message>
        <source>Ledger on this machine</source>
        <translation>Registre sur cette machine</translation>
    </message>
    <message>
        <source>Ledger on this machine: {reason}</source>
        <translation>Registre sur cette machine&#xa0;: {reason}</translation>
    </message>
    <message>
        <source>someone</source>
        <translation>quelqu’un</translation>
    </message>
    <message>
        <source>{who} ({where})</source>
        <translation>{who} ({where})</translation>
    </message>
    <message>
        <source>Locked by {who}, process {pid}</source>
        <translation>Verrou détenu par {who}, processus {pid}</translation>
    </message>
    <message>
        <source>Locked by {who}, process {pid}, since {moment}</source>
        <translation>Verrou détenu par {who}, processus {pid}, depuis le {moment}</translation>
    </message>
    <message>
        <source>{number} ms</source>
        <translation>{number}&#xa0;ms</translation>
    </message>
    <message>
        <source>{number} s</source>
        <translation>{number}&#xa0;s</translation>
    </message>
    <message>
        <source>{minutes} min {seconds} s</source>
        <translation>{minutes}&#xa0;min {seconds}&#xa0;s</translation>
    </message>
    <message>
        <source>Left to Prisma, whose schema file it is: npx prisma db push.</source>
        <translation>Laissé à Prisma, à qui est le fichier de schéma&#xa0;: npx prisma db push.</translation>
    </message>
    <message>
        <source>Prisma&apos;s migrations have no way back.</source>
        <translation>Les migrations de Prisma n’ont pas de retour.</translation>
    </message>
    <message>
        <source>Prisma&apos;s migrations are one line: there is nothing to merge.</source>
        <translation>Les migrations de Prisma forment une seule ligne&#xa0;: il n’y a rien à fusionner.</translation>
    </message>
    <message>
        <source>Left to Prisma, whose schema language it is: npx prisma migrate diff.</source>
        <translation>Laissé à Prisma, à qui est le langage de schéma&#xa0;: npx prisma migrate diff.</translation>
    </message>
    <message>
        <source>Prisma has no version table, only its ledger.</source>
        <translation>Prisma n’a pas de table de version, seulement son registre.</translation>
    </message>
    <message>
        <source>migration_lock.toml says that the migrations are for another kind of database (P3019).</source>
        <translation>migration_lock.toml dit que les migrations sont pour une autre sorte de base (P3019).</translation>
    </message>
    <message>
        <source>Deploy what is pending first.</source>
        <translation>Déployez d’abord ce qui est en attente.</translation>
    </message>
    <message>
        <source>All migrations are recorded already.</source>
        <translation>Toutes les migrations sont déjà consignées.</translation>
    </message>
    <message>
        <source>Baseline…</source>
        <translation>Base de départ…</translation>
    </message>
    <message>
        <source>Record that migrations are there already, without running them</source>
        <translation>Consigner que des migrations sont déjà là, sans les exécuter</translation>
    </message>
    <message>
        <source>Prisma writes its migrations: show the command</source>
        <translation>Prisma écrit ses migrations&#xa0;: montrer la commande</translation>
    </message>
    <message>
        <source>Run all migrations on an empty throwaway database, as on Prisma&apos;s shadow database</source>
        <translation>Exécuter toutes les migrations sur une base jetable vide, comme sur la base fantôme de Prisma</translation>
    </message>
</context>
<context>
    <name>operators</name>
    <message>
        <source>contains</source>
        <translation>contient</translation>
    </message>
    <message>
        <source>matches expression, any case</source>
        <translation>correspond à l’expression sans casse</translation>
    </message>
    <message>
        <source>value at path is</source>
        <translation>valeur au chemin est</translation>
    </message>
    <message>
        <source>value at path contains</source>
        <translation>valeur au chemin contient</translation>
    </message>
    <message>
        <source>contains document</source>
        <translation>contient le document</translation>
    </message>
    <message>
        <source>has path</source>
        <translation>a le chemin</translation>
    </message>
    <message>
        <source>fulfils path condition</source>
        <translation>remplit la condition</translation>
    </message>
    <message>
        <source>has all of</source>
        <translation>a tous les éléments</translation>
    </message>
    <message>
        <source>has any of</source>
        <translation>a l’un des éléments</translation>
    </message>
    <message>
        <source>has only</source>
        <translation>n’a que les éléments</translation>
    </message>
    <message>
        <source>has element containing</source>
        <translation>a un élément contenant</translation>
    </message>
    <message>
        <source>has length</source>
        <translation>a pour longueur</translation>
    </message>
    <message>
        <source>lies within</source>
        <translation>est compris dans</translation>
    </message>
    <message>
        <source>lies before</source>
        <translation>précède</translation>
    </message>
    <message>
        <source>lies after</source>
        <translation>suit</translation>
    </message>
    <message>
        <source>lies in network</source>
        <translation>est dans le réseau</translation>
    </message>
    <message>
        <source>includes address</source>
        <translation>inclut l’adresse</translation>
    </message>
    <message>
        <source>in the last</source>
        <translation>il y a moins de</translation>
    </message>
    <message>
        <source>in the next</source>
        <translation>dans moins de</translation>
    </message>
    <message>
        <source>is today</source>
        <translation>tombe aujourd’hui</translation>
    </message>
    <message>
        <source>is yesterday</source>
        <translation>tombe hier</translation>
    </message>
    <message>
        <source>is this week</source>
        <translation>tombe cette semaine</translation>
    </message>
    <message>
        <source>is this month</source>
        <translation>tombe ce mois-ci</translation>
    </message>
    <message>
        <source>is last month</source>
        <translation>tombe le mois dernier</translation>
    </message>
    <message>
        <source>is this year</source>
        <translation>tombe cette année</translation>
    </message>
    <message>
        <source>matches words</source>
        <translation>contient les mots</translation>
    </message>
    <message>
        <source>has element</source>
        <translation>a pour élément</translation>
    </message>
    <message>
        <source>includes</source>
        <translation>inclut</translation>
    </message>
    <message>
        <source>overlaps</source>
        <translation>chevauche</translation>
    </message>
    <message>
        <source>is</source>
        <translation>est</translation>
    </message>
    <message>
        <source>is not</source>
        <translation>n’est pas</translation>
    </message>
    <message>
        <source>is one of</source>
        <translation>est parmi</translation>
    </message>
    <message>
        <source>is none of</source>
        <translation>n’est pas parmi</translation>
    </message>
    <message>
        <source>less than</source>
        <translation>inférieur à</translation>
    </message>
    <message>
        <source>at most</source>
        <translation>au plus</translation>
    </message>
    <message>
        <source>more than</source>
        <translation>supérieur à</translation>
    </message>
    <message>
        <source>at least</source>
        <translation>au moins</translation>
    </message>
    <message>
        <source>between</source>
        <translation>entre</translation>
    </message>
    <message>
        <source>does not contain</source>
        <translation>ne contient pas</translation>
    </message>
    <message>
        <source>starts with</source>
        <translation>commence par</translation>
    </message>
    <message>
        <source>ends with</source>
        <translation>se termine par</translation>
    </message>
    <message>
        <source>matches expression</source>
        <translation>correspond à l’expression</translation>
    </message>
    <message>
        <source>has key</source>
        <translation>a la clé</translation>
    </message>
    <message>
        <source>is empty</source>
        <translation>est vide</translation>
    </message>
    <message>
        <source>is NULL</source>
        <translation>est NULL</translation>
    </message>
    <message>
        <source>is not NULL</source>
        <translation>n’est pas NULL</translation>
    </message>
    <message>
        <source>before</source>
        <translation>avant</translation>
    </message>
    <message>
        <source>until</source>
        <translation>jusqu’à</translation>
    </message>
    <message>
        <source>after</source>
        <translation>après</translation>
    </message>
    <message>
        <source>from</source>
        <translation>à partir de</translation>
    </message>
    <message>
        <source>{column} at {path} is {value}</source>
        <translation>{column} en {path} est {value}</translation>
    </message>
    <message>
        <source>{column} at {path} contains {value}</source>
        <translation>{column} en {path} contient {value}</translation>
    </message>
    <message>
        <source>{low} and {high}</source>
        <translation>{low} et {high}</translation>
    </message>
    <message>
        <source> and </source>
        <translation> et </translation>
    </message>
    <message>
        <source> or </source>
        <translation> ou </translation>
    </message>
    <message>
        <source>not ({filter})</source>
        <translation>non ({filter})</translation>
    </message>
</context>
<context>
    <name>panels</name>
    <message>
        <source>&amp;Data</source>
        <translation>Donné&amp;es</translation>
    </message>
    <message>
        <source>&amp;Migrations</source>
        <translation>&amp;Migrations</translation>
    </message>
    <message>
        <source>&amp;Seed &amp;&amp; reset</source>
        <translation>Peupler &amp;&amp; &amp;vider</translation>
    </message>
    <message>
        <source>Bac&amp;kups</source>
        <translation>Sauve&amp;gardes</translation>
    </message>
    <message>
        <source>Si&amp;zes &amp;&amp; health</source>
        <translation>Pla&amp;ce &amp;&amp; santé</translation>
    </message>
    <message>
        <source>Read&amp;iness</source>
        <translation>Préparat&amp;ion</translation>
    </message>
    <message>
        <source>Histor&amp;y</source>
        <translation>&amp;Historique</translation>
    </message>
</context>
<context>
    <name>progress</name>
    <message>
        <source>{percent} %</source>
        <translation>{percent}&#xa0;%</translation>
    </message>
    <message>
        <source>Working…</source>
        <translation>En cours…</translation>
    </message>
    <message>
        <source>Starting the demo&apos;s PostgreSQL</source>
        <translation>Démarrage du PostgreSQL de démonstration</translation>
    </message>
    <message>
        <source>Creating the demo database</source>
        <translation>Création de la base de démonstration</translation>
    </message>
    <message>
        <source>Creating the demo&apos;s tables</source>
        <translation>Création des tables de démonstration</translation>
    </message>
    <message>
        <source>Filling in the demo data</source>
        <translation>Insertion des données de démonstration</translation>
    </message>
    <message>
        <source>Preparing PostgreSQL&apos;s data</source>
        <translation>Préparation des données de PostgreSQL</translation>
    </message>
    <message>
        <source>Starting PostgreSQL</source>
        <translation>Démarrage de PostgreSQL</translation>
    </message>
    <message>
        <source>Comparing edits with the rows as they are now</source>
        <translation>Comparaison des modifications avec les lignes actuelles</translation>
    </message>
    <message>
        <source>Looking at the checklist</source>
        <translation>Examen de la liste de contrôle</translation>
    </message>
    <message>
        <source>Applying migrations</source>
        <translation>Application des migrations</translation>
    </message>
    <message>
        <source>Waiting for Prisma&apos;s lock, which somebody else holds</source>
        <translation>Attente du verrou de Prisma, que quelqu’un d’autre tient</translation>
    </message>
    <message>
        <source>Making a throwaway database</source>
        <translation>Création d’une base d’essai</translation>
    </message>
    <message>
        <source>Reading the schema</source>
        <translation>Lecture du schéma</translation>
    </message>
    <message>
        <source>Copying the schema</source>
        <translation>Copie du schéma</translation>
    </message>
    <message>
        <source>Trying migrations on a throwaway copy</source>
        <translation>Test des migrations sur une copie d’essai</translation>
    </message>
    <message>
        <source>Replaying migrations on a throwaway database</source>
        <translation>Réexécution des migrations sur une base d’essai</translation>
    </message>
    <message>
        <source>Rehearsing on a throwaway copy</source>
        <translation>Répétition sur une copie d’essai</translation>
    </message>
    <message>
        <source>Comparing with the database</source>
        <translation>Comparaison avec la base</translation>
    </message>
    <message>
        <source>Looking what is in the database</source>
        <translation>Examen du contenu de la base</translation>
    </message>
    <message>
        <source>Removing what is there</source>
        <translation>Retrait de ce qui est en place</translation>
    </message>
    <message>
        <source>Writing the SQL of each revision</source>
        <translation>Écriture du SQL de chaque révision</translation>
    </message>
    <message>
        <source>Reading how the schema is built</source>
        <translation>Lecture de la construction du schéma</translation>
    </message>
    <message>
        <source>Building it again on a throwaway database</source>
        <translation>Reconstruction sur une base jetable</translation>
    </message>
    <message>
        <source>Reading the tables</source>
        <translation>Lecture des tables</translation>
    </message>
    <message>
        <source>Reading rows</source>
        <translation>Lecture des lignes</translation>
    </message>
    <message>
        <source>Learning where the rows stand</source>
        <translation>Repérage de la position des lignes</translation>
    </message>
    <message>
        <source>Saving changes</source>
        <translation>Enregistrement des modifications</translation>
    </message>
    <message>
        <source>Reading the file</source>
        <translation>Lecture du fichier</translation>
    </message>
    <message>
        <source>Trying rows</source>
        <translation>Essai des lignes</translation>
    </message>
    <message>
        <source>Writing rows</source>
        <translation>Écriture des lignes</translation>
    </message>
    <message>
        <source>Comparing what was written</source>
        <translation>Comparaison de ce qui a été écrit</translation>
    </message>
    <message>
        <source>{number} rows</source>
        <translation>{number} lignes</translation>
    </message>
    <message>
        <source>{number} tables</source>
        <translation>{number} tables</translation>
    </message>
    <message>
        <source>{number} steps</source>
        <translation>{number} étapes</translation>
    </message>
    <message>
        <source>Counting what would be lost</source>
        <translation>Décompte de ce qui serait perdu</translation>
    </message>
    <message>
        <source>Making a safety backup</source>
        <translation>Création d’une sauvegarde de sécurité</translation>
    </message>
    <message>
        <source>Reading the backup again</source>
        <translation>Relecture de la sauvegarde</translation>
    </message>
    <message>
        <source>Dropping what is there</source>
        <translation>Suppression de ce qui est en place</translation>
    </message>
    <message>
        <source>Creating a new database</source>
        <translation>Création d’une nouvelle base</translation>
    </message>
    <message>
        <source>Bringing what is kept</source>
        <translation>Transfert de ce qui est conservé</translation>
    </message>
    <message>
        <source>Giving owners and privileges again</source>
        <translation>Rétablissement des propriétaires et des privilèges</translation>
    </message>
    <message>
        <source>Filling in example rows</source>
        <translation>Insertion des lignes d’exemple</translation>
    </message>
    <message>
        <source>Writing roles</source>
        <translation>Écriture des rôles</translation>
    </message>
    <message>
        <source>Writing the backup</source>
        <translation>Écriture de la sauvegarde</translation>
    </message>
    <message>
        <source>Counting rows</source>
        <translation>Comptage des lignes</translation>
    </message>
    <message>
        <source>Copying the backup</source>
        <translation>Copie de la sauvegarde</translation>
    </message>
    <message>
        <source>Reading the copy again</source>
        <translation>Relecture de la copie</translation>
    </message>
    <message>
        <source>Encrypting the backup</source>
        <translation>Chiffrement de la sauvegarde</translation>
    </message>
    <message>
        <source>Decrypting the backup</source>
        <translation>Déchiffrement de la sauvegarde</translation>
    </message>
    <message>
        <source>Looking for backups</source>
        <translation>Recherche des sauvegardes</translation>
    </message>
    <message>
        <source>Deleting old backups</source>
        <translation>Suppression des anciennes sauvegardes</translation>
    </message>
    <message>
        <source>Restoring</source>
        <translation>Restauration</translation>
    </message>
    <message>
        <source>Giving the new database its name</source>
        <translation>Attribution de son nom à la nouvelle base</translation>
    </message>
    <message>
        <source>Learning about the tables</source>
        <translation>Étude des tables</translation>
    </message>
    <message>
        <source>Comparing rows</source>
        <translation>Comparaison des lignes</translation>
    </message>
    <message>
        <source>Reading rows of the backup</source>
        <translation>Lecture de lignes de la sauvegarde</translation>
    </message>
    <message>
        <source>Removing the old database</source>
        <translation>Suppression de l’ancienne base</translation>
    </message>
    <message>
        <source>Emptying tables</source>
        <translation>Vidage des tables</translation>
    </message>
    <message>
        <source>Putting the database&apos;s state on a shelf</source>
        <translation>Rangement de l’état de la base sur une étagère</translation>
    </message>
    <message>
        <source>Putting a state back from its shelf</source>
        <translation>Remise en place d’un état depuis son étagère</translation>
    </message>
    <message>
        <source>Running statements</source>
        <translation>Exécution des instructions</translation>
    </message>
    <message>
        <source>Copying files</source>
        <translation>Copie des fichiers</translation>
    </message>
    <message>
        <source>Starting the database service</source>
        <translation>Démarrage du service de base de données</translation>
    </message>
    <message>
        <source>Waiting until PostgreSQL is ready</source>
        <translation>En attente que PostgreSQL soit prêt</translation>
    </message>
    <message>
        <source>Stopping the database service</source>
        <translation>Arrêt du service de base de données</translation>
    </message>
    <message>
        <source>At work</source>
        <translation>Au travail</translation>
    </message>
    <message>
        <source>Waiting for others to let go of the table</source>
        <translation>Attend que d’autres lâchent la table</translation>
    </message>
    <message>
        <source>Beginning</source>
        <translation>Commence</translation>
    </message>
    <message>
        <source>Reading the table</source>
        <translation>Lit la table</translation>
    </message>
    <message>
        <source>Cleaning indexes</source>
        <translation>Nettoie les index</translation>
    </message>
    <message>
        <source>Cleaning the table</source>
        <translation>Nettoie la table</translation>
    </message>
    <message>
        <source>Tidying up indexes</source>
        <translation>Range les index</translation>
    </message>
    <message>
        <source>Giving back the end of the file</source>
        <translation>Rend la fin du fichier</translation>
    </message>
    <message>
        <source>Finishing</source>
        <translation>Termine</translation>
    </message>
    <message>
        <source>Reading a sample of rows</source>
        <translation>Lit un échantillon de lignes</translation>
    </message>
    <message>
        <source>Reading a sample of partitions&apos; rows</source>
        <translation>Lit un échantillon de lignes des partitions</translation>
    </message>
    <message>
        <source>Computing statistics</source>
        <translation>Calcule les statistiques</translation>
    </message>
    <message>
        <source>Computing extended statistics</source>
        <translation>Calcule les statistiques étendues</translation>
    </message>
    <message>
        <source>Storing statistics</source>
        <translation>Enregistre les statistiques</translation>
    </message>
    <message>
        <source>Reading the table in the index&apos;s order</source>
        <translation>Lit la table dans l’ordre de l’index</translation>
    </message>
    <message>
        <source>Sorting rows</source>
        <translation>Trie les lignes</translation>
    </message>
    <message>
        <source>Writing the new table</source>
        <translation>Écrit la nouvelle table</translation>
    </message>
    <message>
        <source>Putting the new table in place</source>
        <translation>Met la nouvelle table en place</translation>
    </message>
    <message>
        <source>Building indexes anew</source>
        <translation>Reconstruit les index</translation>
    </message>
    <message>
        <source>Building the index</source>
        <translation>Construit l’index</translation>
    </message>
    <message>
        <source>Waiting for those who write</source>
        <translation>Attend ceux qui écrivent</translation>
    </message>
    <message>
        <source>Checking the index</source>
        <translation>Vérifie l’index</translation>
    </message>
    <message>
        <source>Checking the index against the table</source>
        <translation>Compare l’index et la table</translation>
    </message>
    <message>
        <source>Waiting for older transactions</source>
        <translation>Attend des transactions plus anciennes</translation>
    </message>
    <message>
        <source>Waiting for those who read</source>
        <translation>Attend ceux qui lisent</translation>
    </message>
    <message>
        <source>Exporting rows</source>
        <translation>Export de lignes</translation>
    </message>
    <message>
        <source>Taking lines in</source>
        <translation>Lecture des lignes</translation>
    </message>
    <message>
        <source>Checking lines</source>
        <translation>Vérification des lignes</translation>
    </message>
</context>
<context>
    <name>readiness</name>
    <message>
        <source>OK</source>
        <translation>OK</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Avertissement</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Échec</translation>
    </message>
    <message>
        <source>Unknown</source>
        <translation>Inconnu</translation>
    </message>
    <message>
        <source>Not asked</source>
        <translation>Sans objet</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Prêt</translation>
    </message>
    <message>
        <source>Ready, with warnings</source>
        <translation>Prêt, avec des avertissements</translation>
    </message>
    <message>
        <source>Not ready</source>
        <translation>Pas prêt</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Connexion</translation>
    </message>
    <message>
        <source>Secrets and rights</source>
        <translation>Secrets et droits</translation>
    </message>
    <message>
        <source>Schema</source>
        <translation>Schéma</translation>
    </message>
    <message>
        <source>Safety of the data</source>
        <translation>Sûreté des données</translation>
    </message>
    <message>
        <source>Load and monitoring</source>
        <translation>Charge et surveillance</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Serveur</translation>
    </message>
    <message>
        <source>DATABASE_URL points to production</source>
        <translation>DATABASE_URL pointe vers la production</translation>
    </message>
    <message>
        <source>TLS is on and verified</source>
        <translation>TLS est actif et vérifié</translation>
    </message>
    <message>
        <source>The database is not open to the internet</source>
        <translation>La base n’est pas exposée sur Internet</translation>
    </message>
    <message>
        <source>The health endpoint answers</source>
        <translation>L’URL de santé répond</translation>
    </message>
    <message>
        <source>The password is strong</source>
        <translation>Le mot de passe est robuste</translation>
    </message>
    <message>
        <source>The role is not a superuser</source>
        <translation>Le rôle n’est pas superutilisateur</translation>
    </message>
    <message>
        <source>.env stays out of git</source>
        <translation>.env reste hors de git</translation>
    </message>
    <message>
        <source>The environment variables are valid</source>
        <translation>Les variables d’environnement sont valides</translation>
    </message>
    <message>
        <source>All migrations are applied</source>
        <translation>Toutes les migrations sont appliquées</translation>
    </message>
    <message>
        <source>Models and database agree</source>
        <translation>Modèles et base concordent</translation>
    </message>
    <message>
        <source>No sequence is near its end</source>
        <translation>Aucune séquence n’est proche de sa fin</translation>
    </message>
    <message>
        <source>No index is invalid</source>
        <translation>Aucun index n’est invalide</translation>
    </message>
    <message>
        <source>A recent backup is proven</source>
        <translation>Une sauvegarde récente est éprouvée</translation>
    </message>
    <message>
        <source>Transaction numbers do not run out</source>
        <translation>Les numéros de transaction suffisent</translation>
    </message>
    <message>
        <source>pg_stat_statements watches</source>
        <translation>pg_stat_statements est actif</translation>
    </message>
    <message>
        <source>Slow statements are logged</source>
        <translation>Les instructions lentes sont journalisées</translation>
    </message>
    <message>
        <source>There is room for connections</source>
        <translation>Il reste des connexions disponibles</translation>
    </message>
    <message>
        <source>The pool is limited</source>
        <translation>Le pool est limité</translation>
    </message>
    <message>
        <source>The server&apos;s version is supported</source>
        <translation>La version du serveur est prise en charge</translation>
    </message>
    <message>
        <source>The encoding is UTF8</source>
        <translation>L’encodage est UTF8</translation>
    </message>
    <message>
        <source>The time zone is a named one</source>
        <translation>Le fuseau horaire est désigné par un nom</translation>
    </message>
    <message>
        <source>Texts sort as when they were indexed</source>
        <translation>Les textes se trient comme lors de leur indexation</translation>
    </message>
    <message>
        <source>Asked of staging and production only.</source>
        <translation>Vérifié en préproduction et en production seulement.</translation>
    </message>
    <message>
        <source>This role may not look at it.</source>
        <translation>Ce rôle n’est pas autorisé à le vérifier.</translation>
    </message>
    <message>
        <source>Look with a role that may: pg_monitor is enough for most.</source>
        <translation>Vérifiez avec un rôle qui en a le droit&#xa0;: pg_monitor suffit pour la plupart des points.</translation>
    </message>
    <message>
        <source>It could not be looked at ({error}).</source>
        <translation>La vérification n’a pas pu se faire ({error}).</translation>
    </message>
    <message>
        <source>Look again, or find out why.</source>
        <translation>Vérifiez à nouveau, ou cherchez-en la cause.</translation>
    </message>
    <message>
        <source>It leads to {place}.</source>
        <translation>Elle mène à {place}.</translation>
    </message>
    <message>
        <source>{place} is a standby: nothing can be written there.</source>
        <translation>{place} est un serveur de secours (standby)&#xa0;: rien ne peut y être écrit.</translation>
    </message>
    <message>
        <source>Use the address of the primary.</source>
        <translation>Utilisez l’adresse du serveur primaire.</translation>
    </message>
    <message>
        <source>DATABASE_URL of the environment leads to another database: {DATABASE_URL}.</source>
        <translation>La variable d’environnement DATABASE_URL mène à une autre base&#xa0;: {DATABASE_URL}.</translation>
    </message>
    <message>
        <source>Set it to {place}, or look at the database that it means.</source>
        <translation>Faites-la pointer vers {place}, ou examinez la base qu’elle désigne.</translation>
    </message>
    <message>
        <source>DATABASE_URL of {from} leads to another database: {DATABASE_URL}.</source>
        <translation>Dans {from}, DATABASE_URL mène à une autre base&#xa0;: {DATABASE_URL}.</translation>
    </message>
    <message>
        <source>See that the deployed application does not read this file.</source>
        <translation>Vérifiez que l’application déployée ne lit pas ce fichier.</translation>
    </message>
    <message>
        <source>{place} is named as a database to try things on.</source>
        <translation>D’après son nom, {place} est une base d’essai.</translation>
    </message>
    <message>
        <source>See that it is the one that is meant.</source>
        <translation>Vérifiez que c’est bien celle que vous visez.</translation>
    </message>
    <message>
        <source>{place} is on this machine.</source>
        <translation>{place} est sur cette machine.</translation>
    </message>
    <message>
        <source>See that it is no tunnel, and no development database.</source>
        <translation>Vérifiez qu’il ne s’agit ni d’un tunnel, ni d’une base de développement.</translation>
    </message>
    <message>
        <source>{place} looks like a production server.</source>
        <translation>{place} ressemble à un serveur de production.</translation>
    </message>
    <message>
        <source>Say so in the connection: production has rails.</source>
        <translation>Indiquez-le dans la connexion&#xa0;: la production a des garde-fous.</translation>
    </message>
    <message>
        <source>A local socket: nothing leaves this machine.</source>
        <translation>Une socket locale&#xa0;: rien ne quitte cette machine.</translation>
    </message>
    <message>
        <source>{protocol}, and the server&apos;s name was verified.</source>
        <translation>{protocol}, et le nom du serveur a été vérifié.</translation>
    </message>
    <message>
        <source>Encrypted and verified up to what stands before the server.</source>
        <translation>Connexion chiffrée et vérifiée jusqu’à l’intermédiaire placé devant le serveur.</translation>
    </message>
    <message>
        <source>This connection is not encrypted.</source>
        <translation>Cette connexion n’est pas chiffrée.</translation>
    </message>
    <message>
        <source>Use sslmode=verify-full with the authority&apos;s certificate in sslrootcert.</source>
        <translation>Utilisez sslmode=verify-full, avec le certificat de l’autorité dans sslrootcert.</translation>
    </message>
    <message>
        <source>{protocol} is broken.</source>
        <translation>{protocol} n’est plus sûr.</translation>
    </message>
    <message>
        <source>Set ssl_min_protocol_version to TLSv1.2 on the server.</source>
        <translation>Sur le serveur, réglez ssl_min_protocol_version sur TLSv1.2.</translation>
    </message>
    <message>
        <source>Encrypted, but nobody verified who answers (sslmode={sslmode}).</source>
        <translation>Connexion chiffrée, mais personne n’a vérifié qui répond (sslmode={sslmode}).</translation>
    </message>
    <message>
        <source>The certificate was verified, not the name in it (sslmode={sslmode}).</source>
        <translation>Le certificat a été vérifié, mais pas le nom qu’il contient (sslmode={sslmode}).</translation>
    </message>
    <message>
        <source>Use sslmode=verify-full.</source>
        <translation>Utilisez sslmode=verify-full.</translation>
    </message>
    <message>
        <source>The server listens on its own machine only.</source>
        <translation>Le serveur n’écoute que sur sa propre machine.</translation>
    </message>
    <message>
        <source>pg_hba.conf admits nobody from everywhere.</source>
        <translation>Aucune ligne de pg_hba.conf n’est ouverte à toutes les adresses.</translation>
    </message>
    <message>
        <source>Its address is a private one. pg_hba.conf can&apos;t be read by this role.</source>
        <translation>Son adresse est privée. Ce rôle ne peut pas lire pg_hba.conf.</translation>
    </message>
    <message>
        <source>Its address {address} is a public one.</source>
        <translation>Son adresse {address} est publique.</translation>
    </message>
    <message>
        <source>See that a firewall admits the application&apos;s machines only.</source>
        <translation>Vérifiez qu’un pare-feu n’admet que les machines de l’application.</translation>
    </message>
    <message>
        <source>pg_hba.conf lets everybody in without a password.</source>
        <translation>pg_hba.conf laisse entrer tout le monde sans mot de passe.</translation>
    </message>
    <message>
        <source>Narrow the line to the application&apos;s network, and ask for scram-sha-256.</source>
        <translation>Restreignez la ligne au réseau de l’application et exigez scram-sha-256.</translation>
    </message>
    <message>
        <source>pg_hba.conf lets everybody on the internet try passwords.</source>
        <translation>pg_hba.conf laisse tout Internet essayer des mots de passe.</translation>
    </message>
    <message>
        <source>Narrow the line to the application&apos;s network.</source>
        <translation>Restreignez la ligne au réseau de l’application.</translation>
    </message>
    <message>
        <source>The connection names no health URL.</source>
        <translation>La connexion n’indique aucune URL de santé.</translation>
    </message>
    <message>
        <source>Add it to the connection, such as https://…/api/health.</source>
        <translation>Ajoutez-la à la connexion, par exemple https://…/api/health.</translation>
    </message>
    <message>
        <source>{url} can&apos;t be asked.</source>
        <translation>{url} ne peut pas être interrogée.</translation>
    </message>
    <message>
        <source>Give an http or https URL without a password in it.</source>
        <translation>Indiquez une URL http ou https qui ne contient pas de mot de passe.</translation>
    </message>
    <message>
        <source>{url} does not answer: {words}.</source>
        <translation>{url} ne répond pas&#xa0;: {words}.</translation>
    </message>
    <message>
        <source>See whether the application runs.</source>
        <translation>Vérifiez que l’application est en marche.</translation>
    </message>
    <message>
        <source>The application answers with status {status}.</source>
        <translation>L’application répond avec le statut {status}.</translation>
    </message>
    <message>
        <source>See its log.</source>
        <translation>Consultez son journal.</translation>
    </message>
    <message>
        <source>The application answers, and says that it is not well.</source>
        <translation>L’application répond, mais se déclare en mauvaise santé.</translation>
    </message>
    <message>
        <source>See its answer, then its log.</source>
        <translation>Consultez sa réponse, puis son journal.</translation>
    </message>
    <message>
        <source>The application sends on to {location}.</source>
        <translation>L’application redirige vers {location}.</translation>
    </message>
    <message>
        <source>Give the URL that answers itself.</source>
        <translation>Indiquez l’URL qui répond directement.</translation>
    </message>
    <message>
        <source>The application is well, and slow: {time_ms}.</source>
        <translation>L’application est en bonne santé, mais lente&#xa0;: {time_ms}.</translation>
    </message>
    <message>
        <source>See what it waits for.</source>
        <translation>Cherchez ce qu’elle attend.</translation>
    </message>
    <message>
        <source>The application is well ({time_ms}).</source>
        <translation>L’application est en bonne santé ({time_ms}).</translation>
    </message>
    <message>
        <source>A local socket, where the server asks for no password.</source>
        <translation>Une socket locale, où le serveur ne demande pas de mot de passe.</translation>
    </message>
    <message>
        <source>A client certificate serves instead.</source>
        <translation>Un certificat client en tient lieu.</translation>
    </message>
    <message>
        <source>It is long, and no default.</source>
        <translation>Il est long et n’est pas un mot de passe par défaut.</translation>
    </message>
    <message>
        <source>It has {length} characters.</source>
        <translation>Nombre de caractères&#xa0;: {length}.</translation>
    </message>
    <message>
        <source>Use 16 or more, made at random.</source>
        <translation>Utilisez-en 16 ou plus, tirés au hasard.</translation>
    </message>
    <message>
        <source>It is easily guessed.</source>
        <translation>Il est facile à deviner.</translation>
    </message>
    <message>
        <source>Use 16 characters or more, made at random.</source>
        <translation>Utilisez 16 caractères ou plus, tirés au hasard.</translation>
    </message>
    <message>
        <source>It is one that everybody tries first.</source>
        <translation>C’est l’un de ceux que tout le monde essaie en premier.</translation>
    </message>
    <message>
        <source>Change it now: ALTER ROLE … PASSWORD.</source>
        <translation>Changez-le maintenant&#xa0;: ALTER ROLE … PASSWORD.</translation>
    </message>
    <message>
        <source>It is a name that the URL shows anyway.</source>
        <translation>C’est un nom que l’URL montre de toute façon.</translation>
    </message>
    <message>
        <source>It stands in .env.example, or stood there once: whoever has the code has it.</source>
        <translation>Il figure dans .env.example, ou y a figuré&#xa0;: quiconque a le code le connaît.</translation>
    </message>
    <message>
        <source>The server let this connection in without a password.</source>
        <translation>Le serveur a accepté cette connexion sans mot de passe.</translation>
    </message>
    <message>
        <source>Have pg_hba.conf ask for scram-sha-256.</source>
        <translation>Faites exiger scram-sha-256 par pg_hba.conf.</translation>
    </message>
    <message>
        <source>{role} has no rights of administrators.</source>
        <translation>{role} n’a aucun droit d’administration.</translation>
    </message>
    <message>
        <source>{role} is a superuser: a hole in the application is one in the server.</source>
        <translation>{role} est superutilisateur&#xa0;: une faille dans l’application en est une dans le serveur.</translation>
    </message>
    <message>
        <source>Give the application a role of its own that owns its tables.</source>
        <translation>Donnez à l’application son propre rôle, propriétaire de ses tables.</translation>
    </message>
    <message>
        <source>{role} has more rights than an application needs: {rights}.</source>
        <translation>{role} a plus de droits qu’il n’en faut à une application&#xa0;: {rights}.</translation>
    </message>
    <message>
        <source>Take them away: ALTER ROLE, REVOKE.</source>
        <translation>Retirez-les&#xa0;: ALTER ROLE, REVOKE.</translation>
    </message>
    <message>
        <source>git ignores it, and never had it.</source>
        <translation>git l’ignore et ne l’a jamais suivi.</translation>
    </message>
    <message>
        <source>No project folder is known here.</source>
        <translation>Aucun dossier de projet n’est connu ici.</translation>
    </message>
    <message>
        <source>{folder} is in no repository.</source>
        <translation>{folder} n’est dans aucun dépôt.</translation>
    </message>
    <message>
        <source>git can&apos;t be run here.</source>
        <translation>git ne peut pas être exécuté ici.</translation>
    </message>
    <message>
        <source>.env is in the repository: its secrets are everybody&apos;s.</source>
        <translation>.env est dans le dépôt&#xa0;: ses secrets sont à la portée de tous.</translation>
    </message>
    <message>
        <source>Take it out, and change every secret in it.</source>
        <translation>Retirez-le, et changez tous les secrets qu’il contient.</translation>
    </message>
    <message>
        <source>Some commit has .env: its secrets are in the history.</source>
        <translation>Un commit contient .env&#xa0;: ses secrets sont dans l’historique.</translation>
    </message>
    <message>
        <source>Change every secret that stood in it.</source>
        <translation>Changez tous les secrets qui y figuraient.</translation>
    </message>
    <message>
        <source>git does not ignore .env: the next “git add” may take it.</source>
        <translation>git n’ignore pas .env&#xa0;: le prochain «&#xa0;git add&#xa0;» pourrait l’emporter.</translation>
    </message>
    <message>
        <source>Add it to .gitignore.</source>
        <translation>Ajoutez-le à .gitignore.</translation>
    </message>
    <message>
        <source>{file} has what .env.example asks for.</source>
        <translation>{file} contient ce que demande .env.example.</translation>
    </message>
    <message>
        <source>The environment has what .env.example asks for.</source>
        <translation>L’environnement contient ce que demande .env.example.</translation>
    </message>
    <message>
        <source>There is neither .env nor .env.example.</source>
        <translation>Il n’y a ni .env ni .env.example.</translation>
    </message>
    <message>
        <source>There is no .env, and none is needed here.</source>
        <translation>Il n’y a pas de .env, et il n’en faut pas ici.</translation>
    </message>
    <message>
        <source>{file} can&apos;t be read.</source>
        <translation>{file} ne peut pas être lu.</translation>
    </message>
    <message>
        <source>See who may read it.</source>
        <translation>Vérifiez qui a le droit de le lire.</translation>
    </message>
    <message>
        <source>The environment lacks {missing}.</source>
        <translation>Il manque dans l’environnement&#xa0;: {missing}.</translation>
    </message>
    <message>
        <source>Set them, or write an .env.</source>
        <translation>Définissez ce qui manque, ou écrivez un fichier .env.</translation>
    </message>
    <message>
        <source>{file} has mistakes: {findings}.</source>
        <translation>{file} contient des erreurs&#xa0;: {findings}.</translation>
    </message>
    <message>
        <source>Mend it: .env.example says what each is for.</source>
        <translation>Corrigez-le&#xa0;: .env.example dit à quoi sert chaque variable.</translation>
    </message>
    <message>
        <source>{file} should be looked at: {findings}.</source>
        <translation>{file} est à vérifier&#xa0;: {findings}.</translation>
    </message>
    <message>
        <source>Mend it, or tell .env.example.</source>
        <translation>Corrigez-le, ou adaptez .env.example.</translation>
    </message>
    <message>
        <source>All of {project} are applied.</source>
        <translation>Toutes celles du projet {project} sont appliquées.</translation>
    </message>
    <message>
        <source>Not applied: {revisions}.</source>
        <translation>Reste à appliquer&#xa0;: {revisions}.</translation>
    </message>
    <message>
        <source>Deploy them: nexus-studio migrate deploy.</source>
        <translation>Déployez-les&#xa0;: nexus-studio migrate deploy.</translation>
    </message>
    <message>
        <source>Migrations are running right now.</source>
        <translation>Des migrations sont en cours d’exécution.</translation>
    </message>
    <message>
        <source>Look again when they are through.</source>
        <translation>Regardez à nouveau quand elles seront terminées.</translation>
    </message>
    <message>
        <source>Failed or interrupted: {revisions}.</source>
        <translation>Échec ou interruption&#xa0;: {revisions}.</translation>
    </message>
    <message>
        <source>Resolve it: nexus-studio migrate resolve.</source>
        <translation>Résolvez-la&#xa0;: nexus-studio migrate resolve.</translation>
    </message>
    <message>
        <source>The version table is empty or gone.</source>
        <translation>La table des versions est vide ou a disparu.</translation>
    </message>
    <message>
        <source>Write it again from the ledger.</source>
        <translation>Réécrivez-la d’après le registre.</translation>
    </message>
    <message>
        <source>The database has revisions that the project&apos;s folder does not have.</source>
        <translation>La base a des révisions absentes du dossier du projet.</translation>
    </message>
    <message>
        <source>Bring the folder up to date.</source>
        <translation>Mettez le dossier à jour.</translation>
    </message>
    <message>
        <source>The history has several heads.</source>
        <translation>L’historique a plusieurs têtes.</translation>
    </message>
    <message>
        <source>Merge them: nexus-studio migrate merge.</source>
        <translation>Fusionnez-les&#xa0;: nexus-studio migrate merge.</translation>
    </message>
    <message>
        <source>The database has tables, and no version table.</source>
        <translation>La base a des tables, mais pas de table des versions.</translation>
    </message>
    <message>
        <source>Stamp the revision that it corresponds to.</source>
        <translation>Tamponnez la révision à laquelle elle correspond.</translation>
    </message>
    <message>
        <source>The connection names no project, and the database has no migrations.</source>
        <translation>La connexion n’indique aucun projet, et la base n’a pas de migrations.</translation>
    </message>
    <message>
        <source>Name the project&apos;s folder in the connection.</source>
        <translation>Indiquez le dossier du projet dans la connexion.</translation>
    </message>
    <message>
        <source>Files of migrations can&apos;t be read: {files}.</source>
        <translation>Des fichiers de migration ne peuvent pas être lus&#xa0;: {files}.</translation>
    </message>
    <message>
        <source>Mend them: all are loaded or none.</source>
        <translation>Corrigez-les&#xa0;: ils sont tous chargés, ou aucun ne l’est.</translation>
    </message>
    <message>
        <source>Edited after they were applied: {revisions}.</source>
        <translation>Fichier modifié après application&#xa0;: {revisions}.</translation>
    </message>
    <message>
        <source>Write what changed as a new migration.</source>
        <translation>Écrivez les modifications dans une nouvelle migration.</translation>
    </message>
    <message>
        <source>The project&apos;s migrations can&apos;t be read ({error}).</source>
        <translation>Les migrations du projet ne peuvent pas être lues ({error}).</translation>
    </message>
    <message>
        <source>See the folder that the connection names.</source>
        <translation>Vérifiez le dossier indiqué dans la connexion.</translation>
    </message>
    <message>
        <source>Prisma keeps the history; none has failed. Only it knows what is pending.</source>
        <translation>Prisma tient l’historique&#xa0;; aucune n’a échoué. Lui seul sait ce qui est en attente.</translation>
    </message>
    <message>
        <source>Ask it: npx prisma migrate status.</source>
        <translation>Demandez-le-lui&#xa0;: npx prisma migrate status.</translation>
    </message>
    <message>
        <source>Prisma&apos;s history has migrations that did not finish: {unfinished}.</source>
        <translation>L’historique de Prisma contient des migrations inachevées&#xa0;: {unfinished}.</translation>
    </message>
    <message>
        <source>Resolve them with Prisma.</source>
        <translation>Résolvez-les avec Prisma.</translation>
    </message>
    <message>
        <source>Nothing differs.</source>
        <translation>Aucune différence.</translation>
    </message>
    <message>
        <source>They differ: {such_as}.</source>
        <translation>Ils diffèrent&#xa0;: {such_as}.</translation>
    </message>
    <message>
        <source>Write a migration that makes up the difference.</source>
        <translation>Écrivez une migration qui comble l’écart.</translation>
    </message>
    <message>
        <source>Asked once all migrations are applied.</source>
        <translation>Vérifié une fois toutes les migrations appliquées.</translation>
    </message>
    <message>
        <source>No project with models is known here.</source>
        <translation>Aucun projet avec des modèles n’est connu ici.</translation>
    </message>
    <message>
        <source>The project has no models to compare with.</source>
        <translation>Le projet n’a pas de modèles à comparer.</translation>
    </message>
    <message>
        <source>The project&apos;s models could not be read ({error}).</source>
        <translation>Les modèles du projet n’ont pas pu être lus ({error}).</translation>
    </message>
    <message>
        <source>See the panel of migrations.</source>
        <translation>Consultez le panneau des migrations.</translation>
    </message>
    <message>
        <source>The fullest has used {most_used_percent} of its numbers.</source>
        <translation>La plus avancée a consommé {most_used_percent} de ses numéros.</translation>
    </message>
    <message>
        <source>Numbers will run out: {near_end}.</source>
        <translation>Les numéros vont s’épuiser&#xa0;: {near_end}.</translation>
    </message>
    <message>
        <source>Make the column and its sequence bigint.</source>
        <translation>Passez la colonne et sa séquence en bigint.</translation>
    </message>
    <message>
        <source>Numbers run out: {near_end}.</source>
        <translation>Les numéros s’épuisent&#xa0;: {near_end}.</translation>
    </message>
    <message>
        <source>Make the column and its sequence bigint before inserts fail.</source>
        <translation>Passez la colonne et sa séquence en bigint avant que les INSERT n’échouent.</translation>
    </message>
    <message>
        <source>All are valid.</source>
        <translation>Tous sont valides.</translation>
    </message>
    <message>
        <source>Never read, but written to: {indexes}.</source>
        <translation>Jamais lus, mais tenus à jour&#xa0;: {indexes}.</translation>
    </message>
    <message>
        <source>Build them again, or drop them.</source>
        <translation>Reconstruisez-les, ou supprimez-les.</translation>
    </message>
    <message>
        <source>Uniqueness is not guarded: {indexes}.</source>
        <translation>L’unicité n’est pas garantie&#xa0;: {indexes}.</translation>
    </message>
    <message>
        <source>Remove the duplicates, then build them again.</source>
        <translation>Supprimez les doublons, puis reconstruisez-les.</translation>
    </message>
    <message>
        <source>The newest is {age_hours} old, and one was restored.</source>
        <translation>La plus récente date d’il y a {age_hours}, et l’une d’elles a été restaurée.</translation>
    </message>
    <message>
        <source>No backup of this database is known here.</source>
        <translation>Aucune sauvegarde de cette base n’est connue ici.</translation>
    </message>
    <message>
        <source>Make one, and restore it into a scratch database.</source>
        <translation>Faites-en une, et restaurez-la dans une base jetable.</translation>
    </message>
    <message>
        <source>The only backups are gone or not as they were written: {files}.</source>
        <translation>Les seules sauvegardes ont disparu ou ont été altérées&#xa0;: {files}.</translation>
    </message>
    <message>
        <source>Make one now, and look at the disk.</source>
        <translation>Faites-en une maintenant, et vérifiez le disque.</translation>
    </message>
    <message>
        <source>Some backups are gone or not as they were written: {files}.</source>
        <translation>Des sauvegardes ont disparu ou ont été altérées&#xa0;: {files}.</translation>
    </message>
    <message>
        <source>Look at the disk.</source>
        <translation>Vérifiez le disque.</translation>
    </message>
    <message>
        <source>The newest is {age_hours} old.</source>
        <translation>La plus récente date d’il y a {age_hours}.</translation>
    </message>
    <message>
        <source>Make one now.</source>
        <translation>Faites-en une maintenant.</translation>
    </message>
    <message>
        <source>Make one before you deploy.</source>
        <translation>Faites-en une avant de déployer.</translation>
    </message>
    <message>
        <source>The newest is {age_hours} old; none was ever restored.</source>
        <translation>La plus récente date d’il y a {age_hours}&#xa0;; aucune n’a jamais été restaurée.</translation>
    </message>
    <message>
        <source>Restore it into a scratch database: until then it is a hope.</source>
        <translation>Restaurez-la dans une base jetable&#xa0;: d’ici là, ce n’est qu’un espoir.</translation>
    </message>
    <message>
        <source>The oldest database has used {used_percent}.</source>
        <translation>La base la plus avancée en a consommé {used_percent}.</translation>
    </message>
    <message>
        <source>{database} has used {used_percent}: autovacuum does not keep up.</source>
        <translation>{database} en a consommé {used_percent}&#xa0;: autovacuum ne suit pas.</translation>
    </message>
    <message>
        <source>Find what holds it back (an old transaction, a slot), then vacuum.</source>
        <translation>Trouvez ce qui le retient (une vieille transaction, un slot), puis lancez VACUUM.</translation>
    </message>
    <message>
        <source>{database} has used {used_percent}: the server will refuse to write.</source>
        <translation>{database} en a consommé {used_percent}&#xa0;: le serveur refusera d’écrire.</translation>
    </message>
    <message>
        <source>End what holds it back (an old transaction, a slot), and vacuum now.</source>
        <translation>Mettez fin à ce qui le retient (une vieille transaction, un slot), et lancez VACUUM maintenant.</translation>
    </message>
    <message>
        <source>It is loaded, and this database has the view.</source>
        <translation>Il est chargé, et cette base en a la vue.</translation>
    </message>
    <message>
        <source>It is not loaded, or tracks nothing.</source>
        <translation>Il n’est pas chargé, ou n’enregistre rien.</translation>
    </message>
    <message>
        <source>Add it to shared_preload_libraries, and restart the server.</source>
        <translation>Ajoutez-le à shared_preload_libraries, et redémarrez le serveur.</translation>
    </message>
    <message>
        <source>It is loaded, but this database has no view of it.</source>
        <translation>Il est chargé, mais cette base n’en a pas la vue.</translation>
    </message>
    <message>
        <source>Create the extension.</source>
        <translation>Créez l’extension.</translation>
    </message>
    <message>
        <source>They are.</source>
        <translation>Elles le sont.</translation>
    </message>
    <message>
        <source>The log does not have them.</source>
        <translation>Le journal ne les contient pas.</translation>
    </message>
    <message>
        <source>Set log_min_duration_statement, to a second for example.</source>
        <translation>Réglez log_min_duration_statement, par exemple sur une seconde.</translation>
    </message>
    <message>
        <source>Every statement is logged, personal data with it.</source>
        <translation>Toutes les instructions sont journalisées, données personnelles comprises.</translation>
    </message>
    <message>
        <source>Set log_min_duration_statement to a second or so.</source>
        <translation>Réglez log_min_duration_statement sur une seconde environ.</translation>
    </message>
    <message>
        <source>{used_percent} of the limit are used.</source>
        <translation>{used_percent} de la limite sont utilisés.</translation>
    </message>
    <message>
        <source>Put a pooler before the server, or see who holds them.</source>
        <translation>Placez un pooler devant le serveur, ou cherchez qui occupe les connexions.</translation>
    </message>
    <message>
        <source>{used_percent} of the limit are used: the next ones are refused.</source>
        <translation>{used_percent} de la limite sont utilisés&#xa0;: les prochaines connexions seront refusées.</translation>
    </message>
    <message>
        <source>See who holds them.</source>
        <translation>Cherchez qui occupe les connexions.</translation>
    </message>
    <message>
        <source>{pool_limit} of the {server_limit} that the server allows.</source>
        <translation>Il est limité à {pool_limit}&#xa0;; la limite du serveur est de {server_limit}.</translation>
    </message>
    <message>
        <source>A pooler stands before the server.</source>
        <translation>Un pooler est placé devant le serveur.</translation>
    </message>
    <message>
        <source>The URL sets no limit.</source>
        <translation>L’URL ne fixe aucune limite.</translation>
    </message>
    <message>
        <source>Add connection_limit: all instances together must stay below {server_limit}.</source>
        <translation>Ajoutez connection_limit&#xa0;: toutes instances confondues, le total doit rester inférieur à {server_limit}.</translation>
    </message>
    <message>
        <source>{pool_limit} are more than the {server_limit} that the server allows.</source>
        <translation>Sa limite de {pool_limit} dépasse celle du serveur ({server_limit}).</translation>
    </message>
    <message>
        <source>Lower connection_limit.</source>
        <translation>Abaissez connection_limit.</translation>
    </message>
    <message>
        <source>{version}, until {supported_until}.</source>
        <translation>{version}, jusqu’au {supported_until}.</translation>
    </message>
    <message>
        <source>{version}.</source>
        <translation>{version}.</translation>
    </message>
    <message>
        <source>{version} gets no fixes any more.</source>
        <translation>La version {version} ne reçoit plus de correctifs.</translation>
    </message>
    <message>
        <source>Upgrade to a supported version.</source>
        <translation>Passez à une version prise en charge.</translation>
    </message>
    <message>
        <source>{version} gets fixes only until {supported_until}.</source>
        <translation>La version {version} ne recevra de correctifs que jusqu’au {supported_until}.</translation>
    </message>
    <message>
        <source>Plan the upgrade.</source>
        <translation>Planifiez la mise à niveau.</translation>
    </message>
    <message>
        <source>It is.</source>
        <translation>C’est le cas.</translation>
    </message>
    <message>
        <source>It is {encoding}: not every name can be stored.</source>
        <translation>L’encodage est {encoding}&#xa0;: certains noms ne peuvent pas être enregistrés.</translation>
    </message>
    <message>
        <source>Move into a database made with ENCODING &apos;UTF8&apos; TEMPLATE template0.</source>
        <translation>Passez à une base créée avec ENCODING &apos;UTF8&apos; TEMPLATE template0.</translation>
    </message>
    <message>
        <source>{time_zone}.</source>
        <translation>{time_zone}.</translation>
    </message>
    <message>
        <source>{time_zone} has no summer time, or means another thing elsewhere.</source>
        <translation>{time_zone} ne connaît pas l’heure d’été, ou désigne autre chose ailleurs.</translation>
    </message>
    <message>
        <source>Set timezone to UTC or an IANA name such as Africa/Tunis.</source>
        <translation>Réglez timezone sur UTC ou sur un nom IANA, par exemple Africa/Tunis.</translation>
    </message>
    <message>
        <source>They do.</source>
        <translation>C’est le cas.</translation>
    </message>
    <message>
        <source>The system&apos;s sorting is of {actual}, the indexes are of {version}.</source>
        <translation>Le tri du système est en version {actual}, celui des index en version {version}.</translation>
    </message>
    <message>
        <source>Build the indexes on texts again, then refresh the version.</source>
        <translation>Reconstruisez les index portant sur des textes, puis actualisez la version.</translation>
    </message>
    <message>
        <source>database</source>
        <translation>base de données</translation>
    </message>
    <message>
        <source>from</source>
        <translation>provenance</translation>
    </message>
    <message>
        <source>address</source>
        <translation>adresse</translation>
    </message>
    <message>
        <source>protocol</source>
        <translation>protocole</translation>
    </message>
    <message>
        <source>cipher</source>
        <translation>chiffrement</translation>
    </message>
    <message>
        <source>bits</source>
        <translation>bits</translation>
    </message>
    <message>
        <source>port</source>
        <translation>port</translation>
    </message>
    <message>
        <source>lines of pg_hba.conf</source>
        <translation>lignes de pg_hba.conf</translation>
    </message>
    <message>
        <source>status</source>
        <translation>statut</translation>
    </message>
    <message>
        <source>time</source>
        <translation>durée</translation>
    </message>
    <message>
        <source>answer</source>
        <translation>réponse</translation>
    </message>
    <message>
        <source>sends on to</source>
        <translation>redirige vers</translation>
    </message>
    <message>
        <source>said</source>
        <translation>message</translation>
    </message>
    <message>
        <source>characters</source>
        <translation>caractères</translation>
    </message>
    <message>
        <source>role</source>
        <translation>rôle</translation>
    </message>
    <message>
        <source>rights</source>
        <translation>droits</translation>
    </message>
    <message>
        <source>file</source>
        <translation>fichier</translation>
    </message>
    <message>
        <source>files</source>
        <translation>fichiers</translation>
    </message>
    <message>
        <source>folder</source>
        <translation>dossier</translation>
    </message>
    <message>
        <source>tracked</source>
        <translation>suivi</translation>
    </message>
    <message>
        <source>ignored</source>
        <translation>ignoré</translation>
    </message>
    <message>
        <source>variables</source>
        <translation>variables</translation>
    </message>
    <message>
        <source>found</source>
        <translation>constats</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>manquantes</translation>
    </message>
    <message>
        <source>project</source>
        <translation>projet</translation>
    </message>
    <message>
        <source>current</source>
        <translation>révision actuelle</translation>
    </message>
    <message>
        <source>error</source>
        <translation>erreur</translation>
    </message>
    <message>
        <source>reason</source>
        <translation>cause</translation>
    </message>
    <message>
        <source>line</source>
        <translation>ligne</translation>
    </message>
    <message>
        <source>revisions</source>
        <translation>révisions</translation>
    </message>
    <message>
        <source>applied</source>
        <translation>appliquées</translation>
    </message>
    <message>
        <source>unfinished</source>
        <translation>inachevées</translation>
    </message>
    <message>
        <source>differences</source>
        <translation>différences</translation>
    </message>
    <message>
        <source>such as</source>
        <translation>exemples</translation>
    </message>
    <message>
        <source>sequences</source>
        <translation>séquences</translation>
    </message>
    <message>
        <source>not readable</source>
        <translation>illisibles</translation>
    </message>
    <message>
        <source>fullest</source>
        <translation>la plus avancée</translation>
    </message>
    <message>
        <source>near the end</source>
        <translation>proches de la fin</translation>
    </message>
    <message>
        <source>indexes</source>
        <translation>index</translation>
    </message>
    <message>
        <source>made</source>
        <translation>effectuée le</translation>
    </message>
    <message>
        <source>age</source>
        <translation>âge</translation>
    </message>
    <message>
        <source>size</source>
        <translation>taille</translation>
    </message>
    <message>
        <source>made by</source>
        <translation>effectuée par</translation>
    </message>
    <message>
        <source>revision</source>
        <translation>révision</translation>
    </message>
    <message>
        <source>proven</source>
        <translation>éprouvée le</translation>
    </message>
    <message>
        <source>used</source>
        <translation>utilisées</translation>
    </message>
    <message>
        <source>of</source>
        <translation>sur</translation>
    </message>
    <message>
        <source>limit of the database</source>
        <translation>limite de la base</translation>
    </message>
    <message>
        <source>limit of the role</source>
        <translation>limite du rôle</translation>
    </message>
    <message>
        <source>share</source>
        <translation>part utilisée</translation>
    </message>
    <message>
        <source>limit of the server</source>
        <translation>limite du serveur</translation>
    </message>
    <message>
        <source>version</source>
        <translation>version</translation>
    </message>
    <message>
        <source>supported until</source>
        <translation>prise en charge jusqu’au</translation>
    </message>
    <message>
        <source>encoding</source>
        <translation>encodage</translation>
    </message>
    <message>
        <source>time zone</source>
        <translation>fuseau horaire</translation>
    </message>
    <message>
        <source>collation</source>
        <translation>collation</translation>
    </message>
    <message>
        <source>the system&apos;s</source>
        <translation>version du système</translation>
    </message>
    <message>
        <source>age in transactions</source>
        <translation>âge en transactions</translation>
    </message>
    <message>
        <source>age in multixacts</source>
        <translation>âge en multixacts</translation>
    </message>
    <message>
        <source>extension</source>
        <translation>extension</translation>
    </message>
    <message>
        <source>{name} is missing</source>
        <translation>{name} manque</translation>
    </message>
    <message>
        <source>{name} is not in the models</source>
        <translation>{name} n’est pas dans les modèles</translation>
    </message>
    <message>
        <source>{name} is otherwise</source>
        <translation>{name} diffère</translation>
    </message>
    <message>
        <source>{number} bytes</source>
        <translation>{number}&#xa0;octets</translation>
    </message>
    <message>
        <source>{number} kB</source>
        <translation>{number}&#xa0;ko</translation>
    </message>
    <message>
        <source>{number} MB</source>
        <translation>{number}&#xa0;Mo</translation>
    </message>
    <message>
        <source>{number} GB</source>
        <translation>{number}&#xa0;Go</translation>
    </message>
    <message>
        <source>{number} TB</source>
        <translation>{number}&#xa0;To</translation>
    </message>
    <message>
        <source>{number} PB</source>
        <translation>{number}&#xa0;Po</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>oui</translation>
    </message>
    <message>
        <source>no</source>
        <translation>non</translation>
    </message>
    <message>
        <source>Readiness of {place}</source>
        <translation>État de préparation de {place}</translation>
    </message>
    <message>
        <source>{environment}, PostgreSQL {version}, {moment}</source>
        <translation>{environment}, PostgreSQL {version}, {moment}</translation>
    </message>
    <message>
        <source>OK: {ok} · warnings: {warning} · failed: {failed} · unknown: {unknown} · not asked: {not_asked}</source>
        <translation>OK&#xa0;: {ok} · avertissements&#xa0;: {warning} · échecs&#xa0;: {failed} · inconnus&#xa0;: {unknown} · sans objet&#xa0;: {not_asked}</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>Point vérifié</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Verdict</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>Constat</translation>
    </message>
    <message>
        <source>Made by {tool}</source>
        <translation>Établi par {tool}</translation>
    </message>
    <message>
        <source>Go to the migrations</source>
        <translation>Aller aux migrations</translation>
    </message>
    <message>
        <source>Edit the connection…</source>
        <translation>Modifier la connexion…</translation>
    </message>
    <message>
        <source>Open .env…</source>
        <translation>Ouvrir .env…</translation>
    </message>
    <message>
        <source>The newest could not be restored as it was: {problems}.</source>
        <translation>La plus récente n’a pas pu être restaurée telle quelle&#xa0;: {problems}.</translation>
    </message>
    <message>
        <source>Make another one now, prove it, and find out why.</source>
        <translation>Faites-en une autre maintenant, éprouvez-la, et cherchez pourquoi.</translation>
    </message>
    <message>
        <source>Scheduled backups fail ({failed_with}): {runs_failed} since a good one.</source>
        <translation>Les sauvegardes planifiées échouent ({failed_with})&#xa0;: {runs_failed} depuis la dernière bonne.</translation>
    </message>
    <message>
        <source>Run it by hand and see: nexus-studio backup run.</source>
        <translation>Lancez-la à la main pour voir&#xa0;: nexus-studio backup run.</translation>
    </message>
    <message>
        <source>Scheduled backups did not begin: {runs_missed} since a good one.</source>
        <translation>Des sauvegardes planifiées n’ont pas commencé&#xa0;: {runs_missed} depuis la dernière bonne.</translation>
    </message>
    <message>
        <source>See whether the scheduler knows of them, and whether the machine was on.</source>
        <translation>Voyez si le planificateur les connaît, et si la machine était allumée.</translation>
    </message>
    <message>
        <source>tried</source>
        <translation>essayée</translation>
    </message>
    <message>
        <source>problems</source>
        <translation>problèmes</translation>
    </message>
    <message>
        <source>failed runs</source>
        <translation>exécutions en échec</translation>
    </message>
    <message>
        <source>failed last</source>
        <translation>dernier échec</translation>
    </message>
    <message>
        <source>with</source>
        <translation>avec</translation>
    </message>
    <message>
        <source>missed runs</source>
        <translation>exécutions manquées</translation>
    </message>
    <message>
        <source>missed last</source>
        <translation>dernière manquée</translation>
    </message>
</context>
<context>
    <name>resets</name>
    <message>
        <source>Reset</source>
        <translation>Réinitialiser</translation>
    </message>
    <message>
        <source>Drop what is in the schemas, apply all migrations, run a seed.</source>
        <translation>Supprimer le contenu des schémas, appliquer toutes les migrations, puis exécuter un jeu de données.</translation>
    </message>
    <message>
        <source>Reset…</source>
        <translation>Réinitialiser…</translation>
    </message>
    <message>
        <source>Empty tables</source>
        <translation>Vider des tables</translation>
    </message>
    <message>
        <source>Delete all rows of some tables; numbers begin at 1 again.</source>
        <translation>Supprimer toutes les lignes de certaines tables&#xa0;; la numérotation reprend à 1.</translation>
    </message>
    <message>
        <source>Empty tables…</source>
        <translation>Vider des tables…</translation>
    </message>
    <message>
        <source>Recreate the database</source>
        <translation>Recréer la base de données</translation>
    </message>
    <message>
        <source>Make a new database beside this one, and give it the name when all is well.</source>
        <translation>Créer à côté de celle-ci une nouvelle base, qui prend son nom une fois que tout est en ordre.</translation>
    </message>
    <message>
        <source>Recreate…</source>
        <translation>Recréer…</translation>
    </message>
    <message>
        <source>Refuse while others are connected</source>
        <translation>Refuser si d’autres sont connectés</translation>
    </message>
    <message>
        <source>Go on beside them</source>
        <translation>Continuer sans les déconnecter</translation>
    </message>
    <message>
        <source>End their connections</source>
        <translation>Fermer leurs connexions</translation>
    </message>
    <message>
        <source>No database is open.</source>
        <translation>Aucune base de données n’est ouverte.</translation>
    </message>
    <message>
        <source>Not in staging and production: nothing is reset there.</source>
        <translation>Ni en préproduction, ni en production&#xa0;: rien n’y est réinitialisé.</translation>
    </message>
    <message>
        <source>This connection is read-only.</source>
        <translation>Cette connexion est en lecture seule.</translation>
    </message>
    <message>
        <source>Nothing will be lost: nothing is there</source>
        <translation>Rien ne sera perdu&#xa0;: il n’y a rien</translation>
    </message>
    <message>
        <source>Will be lost: {tables}, {rows}, {size}</source>
        <translation>Ce qui sera perdu&#xa0;: {tables}, {rows}, {size}</translation>
    </message>
    <message>
        <source>about {number}</source>
        <translation>environ {number}</translation>
    </message>
    <message>
        <source>You chose: {names}.</source>
        <translation>Vous avez choisi&#xa0;: {names}.</translation>
    </message>
    <message>
        <source>You chose: {names}. The others can&apos;t be without them.</source>
        <translation>Vous avez choisi&#xa0;: {names}. Les autres ne peuvent exister sans elles.</translation>
    </message>
    <message>
        <source>And: {listed}</source>
        <translation>Et aussi&#xa0;: {listed}</translation>
    </message>
    <message>
        <source>Outside of what you chose, since it can&apos;t be without it: {listed}</source>
        <translation>Hors de votre sélection, mais indissociable d’elle&#xa0;: {listed}</translation>
    </message>
    <message>
        <source>Connected now: {listed}</source>
        <translation>Connectés en ce moment&#xa0;: {listed}</translation>
    </message>
    <message>
        <source>{number} d</source>
        <translation>{number}&#xa0;j</translation>
    </message>
    <message>
        <source>{number} h</source>
        <translation>{number}&#xa0;h</translation>
    </message>
    <message>
        <source>{number} min</source>
        <translation>{number}&#xa0;min</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>à l’instant</translation>
    </message>
    <message>
        <source>left over</source>
        <translation>reliquat</translation>
    </message>
    <message>
        <source>dump on this machine</source>
        <translation>dump sur cette machine</translation>
    </message>
    <message>
        <source>copy on the server</source>
        <translation>copie sur le serveur</translation>
    </message>
</context>
<context>
    <name>rules</name>
    <message>
        <source>{column} must be above {value}</source>
        <translation>{column} doit être supérieur à {value}</translation>
    </message>
    <message>
        <source>{column} must be at least {value}</source>
        <translation>{column} doit être au moins {value}</translation>
    </message>
    <message>
        <source>{column} must be below {value}</source>
        <translation>{column} doit être inférieur à {value}</translation>
    </message>
    <message>
        <source>{column} must be at most {value}</source>
        <translation>{column} doit être au plus {value}</translation>
    </message>
    <message>
        <source>{column} must be {value}</source>
        <translation>{column} doit être {value}</translation>
    </message>
    <message>
        <source>{column} must not be {value}</source>
        <translation>{column} ne doit pas être {value}</translation>
    </message>
    <message>
        <source>{column} must be longer than {value} characters</source>
        <translation>{column} doit avoir plus de {value} caractères</translation>
    </message>
    <message>
        <source>{column} must have at least {value} characters</source>
        <translation>{column} doit avoir au moins {value} caractères</translation>
    </message>
    <message>
        <source>{column} must be shorter than {value} characters</source>
        <translation>{column} doit avoir moins de {value} caractères</translation>
    </message>
    <message>
        <source>{column} must have at most {value} characters</source>
        <translation>{column} doit avoir au plus {value} caractères</translation>
    </message>
    <message>
        <source>{column} must have exactly {value} characters</source>
        <translation>{column} doit avoir exactement {value} caractères</translation>
    </message>
    <message>
        <source>{column} must not have {value} characters</source>
        <translation>{column} ne doit pas avoir {value} caractères</translation>
    </message>
    <message>
        <source>{column} must be one of: {value}</source>
        <translation>{column} doit être l’un de&#xa0;: {value}</translation>
    </message>
    <message>
        <source>{column} must match the pattern {value}</source>
        <translation>{column} doit suivre le motif {value}</translation>
    </message>
    <message>
        <source>{column} must have a value</source>
        <translation>{column} doit avoir une valeur</translation>
    </message>
    <message>
        <source>Rule {name} of the type {type}: {expression}</source>
        <translation>Règle {name} du type {type}&#xa0;: {expression}</translation>
    </message>
    <message>
        <source>Rule {name}: {expression}</source>
        <translation>Règle {name}&#xa0;: {expression}</translation>
    </message>
    <message>
        <source>empty</source>
        <translation>vide</translation>
    </message>
</context>
<context>
    <name>searched</name>
    <message>
        <source>There are more: type to narrow them down.</source>
        <translation>Il y en a d’autres&#xa0;: tapez pour restreindre.</translation>
    </message>
    <message>
        <source>There may be more: type on to narrow them down.</source>
        <translation>Il y en a peut-être d’autres&#xa0;: continuez à taper pour restreindre.</translation>
    </message>
    <message>
        <source>Searched: keys, beginnings of names, and the first {rows} rows.</source>
        <translation>Recherché&#xa0;: les clés, le début des noms et les {rows} premières lignes.</translation>
    </message>
    <message>
        <source>Searched: keys and beginnings of names.</source>
        <translation>Recherché&#xa0;: les clés et le début des noms.</translation>
    </message>
    <message>
        <source>Searched: keys, and the first {rows} rows. No index helps to find names.</source>
        <translation>Recherché&#xa0;: les clés et les {rows} premières lignes. Aucun index n’aide à trouver les noms.</translation>
    </message>
    <message>
        <source>Only keys were searched: no index helps to find names.</source>
        <translation>Seules les clés ont été cherchées&#xa0;: aucun index n’aide à trouver les noms.</translation>
    </message>
</context>
<context>
    <name>seeds</name>
    <message>
        <source>It can&apos;t be read as UTF-8.</source>
        <translation>Il n’est pas lisible en UTF-8.</translation>
    </message>
    <message>
        <source>It is malformed.</source>
        <translation>Il est mal formé.</translation>
    </message>
    <message>
        <source>“{subject}” is computed. Write the value itself: the file is read without being run.</source>
        <translation>La valeur de «&#xa0;{subject}&#xa0;» est calculée. Écrivez-la telle quelle&#xa0;: le fichier est lu sans être exécuté.</translation>
    </message>
    <message>
        <source>The decorator knows no “{subject}”: only name, description, environments and idempotent.</source>
        <translation>Le décorateur ne connaît pas «&#xa0;{subject}&#xa0;», mais seulement name, description, environments et idempotent.</translation>
    </message>
    <message>
        <source>“{subject}” is async. A seed is a plain function.</source>
        <translation>«&#xa0;{subject}&#xa0;» est async. Un jeu de données est une fonction ordinaire.</translation>
    </message>
    <message>
        <source>“{subject}” is no name for a seed: letters, digits and hyphens are.</source>
        <translation>«&#xa0;{subject}&#xa0;» ne convient pas comme nom de jeu de données&#xa0;: seuls les lettres, les chiffres et les traits d’union sont admis.</translation>
    </message>
    <message>
        <source>There is no environment “{subject}”.</source>
        <translation>L’environnement «&#xa0;{subject}&#xa0;» n’existe pas.</translation>
    </message>
    <message>
        <source>“{subject}” says neither yes nor no to idempotent.</source>
        <translation>Pour idempotent, «&#xa0;{subject}&#xa0;» ne veut dire ni oui ni non.</translation>
    </message>
    <message>
        <source>Another seed is called “{subject}”.</source>
        <translation>Un autre jeu de données s’appelle «&#xa0;{subject}&#xa0;».</translation>
    </message>
    <message>
        <source>There is no .csv file beside it.</source>
        <translation>Aucun fichier .csv ne l’accompagne.</translation>
    </message>
    <message>
        <source>Python</source>
        <translation>Python</translation>
    </message>
    <message>
        <source>SQL</source>
        <translation>SQL</translation>
    </message>
    <message>
        <source>CSV files</source>
        <translation>Fichiers CSV</translation>
    </message>
    <message>
        <source>Runs in: {environments}</source>
        <translation>Environnements&#xa0;: {environments}</translation>
    </message>
    <message>
        <source>Running it twice changes nothing</source>
        <translation>L’exécuter deux fois ne change rien</translation>
    </message>
    <message>
        <source>Running it twice may add rows twice</source>
        <translation>L’exécuter deux fois peut ajouter les lignes en double</translation>
    </message>
    <message>
        <source>Choose a seed first.</source>
        <translation>Choisissez d’abord un jeu de données.</translation>
    </message>
    <message>
        <source>No seed runs in staging and production.</source>
        <translation>Aucun jeu de données ne s’exécute en préproduction ni en production.</translation>
    </message>
    <message>
        <source>This connection is read-only.</source>
        <translation>Cette connexion est en lecture seule.</translation>
    </message>
    <message>
        <source>This connection is marked {environment}, where it may not run.</source>
        <translation>Cette connexion est marquée «&#xa0;{environment}&#xa0;»&#xa0;; ce jeu de données n’est pas autorisé à s’y exécuter.</translation>
    </message>
    <message>
        <source>It can&apos;t be tried: it takes no connection, so that nothing it writes could be taken back.</source>
        <translation>Essai à blanc impossible&#xa0;: il ne reçoit pas de connexion, rien de ce qu’il écrit ne pourrait être annulé.</translation>
    </message>
    <message>
        <source>It would change nothing: all of it is there</source>
        <translation>Il ne changerait rien&#xa0;: tout est déjà là</translation>
    </message>
    <message>
        <source>Nothing was changed: all of it was there already</source>
        <translation>Rien n’a été modifié&#xa0;: tout était déjà là</translation>
    </message>
    <message>
        <source>It took {time}.</source>
        <translation>Durée&#xa0;: {time}.</translation>
    </message>
    <message>
        <source>This was a dry run: all of it was taken back.</source>
        <translation>C’était un essai à blanc&#xa0;: tout a été annulé.</translation>
    </message>
    <message>
        <source>{ms} ms</source>
        <translation>{ms}&#xa0;ms</translation>
    </message>
    <message>
        <source>{s} s</source>
        <translation>{s}&#xa0;s</translation>
    </message>
</context>
<context>
    <name>sizes</name>
    <message>
        <source>{table}: stopped</source>
        <translation>{table}&#xa0;: arrêté</translation>
    </message>
    <message>
        <source>table {table}, indexes {indexes}</source>
        <translation>table {table}, index {indexes}</translation>
    </message>
    <message>
        <source>… the others are in the log</source>
        <translation>… les autres sont dans le journal</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} sur {total}</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nom</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>Total</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Table</translation>
    </message>
    <message>
        <source>Indexes</source>
        <translation>Index</translation>
    </message>
    <message>
        <source>TOAST</source>
        <translation>TOAST</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Lignes</translation>
    </message>
    <message>
        <source>Dead rows</source>
        <translation>Lignes mortes</translation>
    </message>
    <message>
        <source>Bloat</source>
        <translation>Vide</translation>
    </message>
    <message>
        <source>VACUUM</source>
        <translation>VACUUM</translation>
    </message>
    <message>
        <source>ANALYZE</source>
        <translation>ANALYZE</translation>
    </message>
    <message>
        <source>Seq. scans</source>
        <translation>Lectures</translation>
    </message>
    <message>
        <source>Index scans</source>
        <translation>Par index</translation>
    </message>
    <message>
        <source>Cache hit</source>
        <translation>En mémoire</translation>
    </message>
    <message>
        <source>Table, long values and indexes: pg_total_relation_size</source>
        <translation>Table, valeurs longues et index&#xa0;: pg_total_relation_size</translation>
    </message>
    <message>
        <source>The rows, with free space and visibility maps</source>
        <translation>Les lignes, avec les cartes d’espace libre et de visibilité</translation>
    </message>
    <message>
        <source>All indexes: pg_indexes_size</source>
        <translation>Tous les index&#xa0;: pg_indexes_size</translation>
    </message>
    <message>
        <source>Long values, which are stored aside</source>
        <translation>Valeurs longues, stockées à part</translation>
    </message>
    <message>
        <source>Rows, as the server estimates</source>
        <translation>Lignes, selon l’estimation du serveur</translation>
    </message>
    <message>
        <source>Rows that were deleted or replaced, and are not vacuumed yet</source>
        <translation>Lignes supprimées ou remplacées, pas encore enlevées par VACUUM</translation>
    </message>
    <message>
        <source>The part of the table that holds nothing, estimated</source>
        <translation>La part de la table qui ne contient rien, estimée</translation>
    </message>
    <message>
        <source>The last VACUUM, by hand or by autovacuum</source>
        <translation>Le dernier VACUUM, à la main ou par l’autovacuum</translation>
    </message>
    <message>
        <source>The last ANALYZE, by hand or by autovacuum</source>
        <translation>Le dernier ANALYZE, à la main ou par l’autovacuum</translation>
    </message>
    <message>
        <source>How often the whole table was read</source>
        <translation>Combien de fois la table entière a été lue</translation>
    </message>
    <message>
        <source>How often its indexes were used</source>
        <translation>Combien de fois ses index ont servi</translation>
    </message>
    <message>
        <source>Pages that PostgreSQL had in memory when they were asked for</source>
        <translation>Pages que PostgreSQL avait en mémoire quand elles ont été demandées</translation>
    </message>
    <message>
        <source>Not known</source>
        <translation>Inconnu</translation>
    </message>
    <message>
        <source>A standby is not told when that was</source>
        <translation>Un serveur de secours ne sait pas quand c’était</translation>
    </message>
    <message>
        <source>Somebody has it to himself: its size as it was last known</source>
        <translation>Quelqu’un l’a pour lui seul&#xa0;: sa taille telle qu’on la connaissait</translation>
    </message>
    <message>
        <source>Of Citus: its size on all nodes</source>
        <translation>De Citus&#xa0;: sa taille sur tous les nœuds</translation>
    </message>
    <message>
        <source>Your role may not read it: its bloat is not known</source>
        <translation>Votre rôle ne peut pas la lire&#xa0;: ce qui est vide est inconnu</translation>
    </message>
    <message>
        <source>never</source>
        <translation>jamais</translation>
    </message>
    <message>
        <source>By hand: {manual}
By autovacuum: {auto}</source>
        <translation>À la main&#xa0;: {manual}
Par l’autovacuum&#xa0;: {auto}</translation>
    </message>
    <message>
        <source>database</source>
        <translation>base de données</translation>
    </message>
    <message>
        <source>schema</source>
        <translation>schéma</translation>
    </message>
    <message>
        <source>table</source>
        <translation>table</translation>
    </message>
    <message>
        <source>index</source>
        <translation>index</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>lignes</translation>
    </message>
    <message>
        <source>long values (TOAST)</source>
        <translation>valeurs longues (TOAST)</translation>
    </message>
    <message>
        <source>catalogs and the rest</source>
        <translation>catalogues et le reste</translation>
    </message>
    <message>
        <source>partitioned table</source>
        <translation>table partitionnée</translation>
    </message>
    <message>
        <source>materialized view</source>
        <translation>vue matérialisée</translation>
    </message>
    <message>
        <source>{number} kB</source>
        <translation>{number}&#xa0;ko</translation>
    </message>
    <message>
        <source>{number} MB</source>
        <translation>{number}&#xa0;Mo</translation>
    </message>
    <message>
        <source>{number} GB</source>
        <translation>{number}&#xa0;Go</translation>
    </message>
    <message>
        <source>{number} TB</source>
        <translation>{number}&#xa0;To</translation>
    </message>
    <message>
        <source>{number} PB</source>
        <translation>{number}&#xa0;Po</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent}&#xa0;%</translation>
    </message>
    <message>
        <source>{number} d ago</source>
        <translation>il y a {number}&#xa0;j</translation>
    </message>
    <message>
        <source>{number} h ago</source>
        <translation>il y a {number}&#xa0;h</translation>
    </message>
    <message>
        <source>{number} min ago</source>
        <translation>il y a {number}&#xa0;min</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>à l’instant</translation>
    </message>
    <message>
        <source>{days} d {hours} h</source>
        <translation>{days}&#xa0;j {hours}&#xa0;h</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours}&#xa0;h {minutes}&#xa0;min</translation>
    </message>
    <message>
        <source>{minutes} min {seconds} s</source>
        <translation>{minutes}&#xa0;min {seconds}&#xa0;s</translation>
    </message>
    <message>
        <source>{number} ms</source>
        <translation>{number}&#xa0;ms</translation>
    </message>
    <message>
        <source>{number} s</source>
        <translation>{number}&#xa0;s</translation>
    </message>
    <message>
        <source>invalid: building it failed, and no query uses it</source>
        <translation>invalide&#xa0;: sa construction a échoué, et aucune requête ne l’utilise</translation>
    </message>
    <message>
        <source>primary key</source>
        <translation>clé primaire</translation>
    </message>
    <message>
        <source>unique</source>
        <translation>unique</translation>
    </message>
    <message>
        <source>No database is open.</source>
        <translation>Aucune base n’est ouverte.</translation>
    </message>
    <message>
        <source>This is a standby: it has to be done on the primary.</source>
        <translation>C’est un serveur secondaire&#xa0;: cela se fait sur le serveur principal.</translation>
    </message>
    <message>
        <source>This connection is read-only.</source>
        <translation>Cette connexion est en lecture seule.</translation>
    </message>
    <message>
        <source>This environment does not allow it.</source>
        <translation>Cet environnement ne le permet pas.</translation>
    </message>
    <message>
        <source>Production is locked. Unlock it at the top of the window first.</source>
        <translation>La production est verrouillée. Déverrouillez-la d’abord en haut de la fenêtre.</translation>
    </message>
    <message>
        <source>the Task Scheduler</source>
        <translation>le Planificateur de tâches</translation>
    </message>
    <message>
        <source>MMM d</source>
        <translation>d MMM</translation>
    </message>
</context>
<context>
    <name>slow</name>
    <message>
        <source>Statement</source>
        <translation>Instruction</translation>
    </message>
    <message>
        <source>Total time</source>
        <translation>Temps total</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>Part</translation>
    </message>
    <message>
        <source>Mean time</source>
        <translation>Temps moyen</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>Appels</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Lignes</translation>
    </message>
    <message>
        <source>Cache hit</source>
        <translation>En mémoire</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Rôle</translation>
    </message>
    <message>
        <source>Queries are counted, but not shown in this database</source>
        <translation>Les requêtes sont comptées, mais pas montrées dans cette base</translation>
    </message>
    <message>
        <source>The extension pg_stat_statements has to be created here, once.</source>
        <translation>L’extension pg_stat_statements doit être créée ici, une fois.</translation>
    </message>
    <message>
        <source>The server does not count queries yet</source>
        <translation>Le serveur ne compte pas encore les requêtes</translation>
    </message>
    <message>
        <source>It was started without the library pg_stat_statements.</source>
        <translation>Il a été démarré sans la bibliothèque pg_stat_statements.</translation>
    </message>
    <message>
        <source>The server can&apos;t count queries</source>
        <translation>Le serveur ne peut pas compter les requêtes</translation>
    </message>
    <message>
        <source>PostgreSQL&apos;s additional modules, with pg_stat_statements, are not installed there.</source>
        <translation>Les modules supplémentaires de PostgreSQL, avec pg_stat_statements, n’y sont pas installés.</translation>
    </message>
    <message>
        <source>Your role may not look at the counted queries</source>
        <translation>Votre rôle ne peut pas regarder les requêtes comptées</translation>
    </message>
    <message>
        <source>Somebody who may has to allow it.</source>
        <translation>Quelqu’un qui en a le droit doit le permettre.</translation>
    </message>
    <message>
        <source>Install PostgreSQL&apos;s additional modules (postgresql-contrib) on the server</source>
        <translation>Installer les modules supplémentaires de PostgreSQL (postgresql-contrib) sur le serveur</translation>
    </message>
    <message>
        <source>Have the library loaded</source>
        <translation>Faire charger la bibliothèque</translation>
    </message>
    <message>
        <source>Restart the server</source>
        <translation>Redémarrer le serveur</translation>
    </message>
    <message>
        <source>Create the extension in this database</source>
        <translation>Créer l’extension dans cette base</translation>
    </message>
    <message>
        <source>Allow it to your role</source>
        <translation>Le permettre à votre rôle</translation>
    </message>
    <message>
        <source>(another role&apos;s: hidden from yours)</source>
        <translation>(d’un autre rôle&#xa0;: caché au vôtre)</translation>
    </message>
</context>
<context>
    <name>steps</name>
    <message>
        <source>Try again</source>
        <translation>Réessayer</translation>
    </message>
    <message>
        <source>Edit connection…</source>
        <translation>Modifier la connexion…</translation>
    </message>
    <message>
        <source>Enter password…</source>
        <translation>Saisir le mot de passe…</translation>
    </message>
    <message>
        <source>New connection…</source>
        <translation>Nouvelle connexion…</translation>
    </message>
    <message>
        <source>Reconnect</source>
        <translation>Se reconnecter</translation>
    </message>
    <message>
        <source>Start the demo database</source>
        <translation>Lancer la base de démonstration</translation>
    </message>
    <message>
        <source>Copy “docker compose up -d”</source>
        <translation>Copier «&#xa0;docker compose up -d&#xa0;»</translation>
    </message>
    <message>
        <source>Server and .env…</source>
        <translation>Serveur et .env…</translation>
    </message>
    <message>
        <source>Create the database</source>
        <translation>Créer la base</translation>
    </message>
    <message>
        <source>Open another folder…</source>
        <translation>Ouvrir un autre dossier…</translation>
    </message>
    <message>
        <source>Review changes</source>
        <translation>Revoir les modifications</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>Relire</translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation>Déverrouiller…</translation>
    </message>
    <message>
        <source>Deploy…</source>
        <translation>Déployer…</translation>
    </message>
    <message>
        <source>Resolve…</source>
        <translation>Résoudre…</translation>
    </message>
    <message>
        <source>Merge…</source>
        <translation>Fusionner…</translation>
    </message>
    <message>
        <source>Stamp…</source>
        <translation>Tamponner…</translation>
    </message>
    <message>
        <source>Keep it in this database</source>
        <translation>Le garder dans cette base</translation>
    </message>
    <message>
        <source>Keep it on this machine</source>
        <translation>Le garder sur cette machine</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Copier les détails</translation>
    </message>
</context>
<context>
    <name>transfer</name>
    <message>
        <source>CSV: cells between commas</source>
        <translation>CSV&#xa0;: cellules entre virgules</translation>
    </message>
    <message>
        <source>TSV: cells between tabs</source>
        <translation>TSV&#xa0;: cellules entre tabulations</translation>
    </message>
    <message>
        <source>Excel workbook</source>
        <translation>Classeur Excel</translation>
    </message>
    <message>
        <source>JSON: one array</source>
        <translation>JSON&#xa0;: un tableau</translation>
    </message>
    <message>
        <source>JSON Lines: one object a line</source>
        <translation>JSON Lines&#xa0;: un objet par ligne</translation>
    </message>
    <message>
        <source>SQL: INSERT statements</source>
        <translation>SQL&#xa0;: instructions INSERT</translation>
    </message>
    <message>
        <source>Parquet</source>
        <translation>Parquet</translation>
    </message>
    <message>
        <source>An Excel sheet ends at 1,048,576 rows: there are {number} sheets.</source>
        <translation>Une feuille Excel s’arrête à 1 048 576 lignes&#xa0;: il y a {number} feuilles.</translation>
    </message>
    <message>
        <source>Numbers with more digits than Excel keeps ({number}) are texts there: {columns}.</source>
        <translation>Les nombres qui ont plus de chiffres qu’Excel n’en garde ({number}) y sont des textes&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>Moments that Excel can&apos;t hold ({number}) are texts there: {columns}.</source>
        <translation>Les instants qu’Excel ne peut contenir ({number}) y sont des textes&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>Texts were cut at Excel&apos;s 32,767 characters ({number}): {columns}.</source>
        <translation>Des textes ont été coupés aux 32 767 caractères d’Excel ({number})&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>Control characters, which Excel does not take, were left out of {number} texts: {columns}.</source>
        <translation>Les caractères de contrôle, qu’Excel n’accepte pas, ont été retirés de {number} textes&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>Written as texts, since the format has no such type: {columns}.</source>
        <translation>Écrit en texte, le format n’ayant pas ce type&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>the history keeps the rows of at most {lines} lines and {size}.</source>
        <translation>l’historique conserve au plus {lines} lignes de fichier et {size}.</translation>
    </message>
    <message>
        <source>it writes columns that are masked here, and nobody knows their values.</source>
        <translation>il écrit des colonnes masquées ici, dont personne ne connaît les valeurs.</translation>
    </message>
    <message>
        <source>foreign keys of other tables follow what it changes.</source>
        <translation>des clés étrangères d’autres tables suivent ce qu’il modifie.</translation>
    </message>
    <message>
        <source>your role may not read what it writes, or rows have no key.</source>
        <translation>votre rôle ne peut pas lire ce qu’il écrit, ou les lignes n’ont pas de clé.</translation>
    </message>
    <message>
        <source>triggers wrote otherwise than the lines say.</source>
        <translation>des déclencheurs ont écrit autre chose que ce que disent les lignes.</translation>
    </message>
    <message>
        <source>Masked in this connection: {columns}.</source>
        <translation>Masqué dans cette connexion&#xa0;: {columns}.</translation>
    </message>
    <message>
        <source>It can&apos;t be taken back from History: {why}</source>
        <translation>Il ne peut pas être annulé depuis l’historique&#xa0;: {why}</translation>
    </message>
    <message>
        <source>It won&apos;t be possible to take it back from History: {why}</source>
        <translation>Il ne pourra pas être annulé depuis l’historique&#xa0;: {why}</translation>
    </message>
    <message>
        <source>This environment does not allow it.</source>
        <translation>Cet environnement ne le permet pas.</translation>
    </message>
    <message>
        <source>This connection is read-only.</source>
        <translation>Cette connexion est en lecture seule.</translation>
    </message>
    <message>
        <source>Production is locked. Unlock it at the top of the window first.</source>
        <translation>La production est verrouillée. Déverrouillez-la d’abord en haut de la fenêtre.</translation>
    </message>
</context>
<context>
    <name>wording</name>
    <message>
        <source>{label}: {words}</source>
        <translation>{label}&#xa0;: {words}</translation>
    </message>
    <message>
        <source>; </source>
        <translation>&#xa0;; </translation>
    </message>
</context>
</TS>
