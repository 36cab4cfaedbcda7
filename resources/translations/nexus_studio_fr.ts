<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
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
        <source>Today</source>
        <translation>Aujourd’hui</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Maintenant</translation>
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
        <source>%n change(s)</source>
        <translation>
            <numerusform>%n modification</numerusform>
            <numerusform>%n modifications</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n conflict(s)</source>
        <translation>
            <numerusform>%n conflit</numerusform>
            <numerusform>%n conflits</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) changed by somebody else</source>
        <translation>
            <numerusform>%n ligne modifiée par quelqu’un d’autre</numerusform>
            <numerusform>%n lignes modifiées par quelqu’un d’autre</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) edited</source>
        <translation>
            <numerusform>%n ligne modifiée</numerusform>
            <numerusform>%n lignes modifiées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) new</source>
        <translation>
            <numerusform>%n nouvelle ligne</numerusform>
            <numerusform>%n nouvelles lignes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) to be deleted</source>
        <translation>
            <numerusform>%n ligne à supprimer</numerusform>
            <numerusform>%n lignes à supprimer</numerusform>
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
        <source>Drop my change</source>
        <translation>Abandonner votre modification</translation>
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
        <source>where alembic.ini and .env stand</source>
        <translation>celui de alembic.ini et de .env</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>Choisir un dossier…</translation>
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
        <source>Connect</source>
        <translation>Se connecter</translation>
    </message>
    <message>
        <source>Name a database first</source>
        <translation>Indiquez d’abord une base de données</translation>
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
        <source>Some of the pasted cells lie outside the table and were left out.</source>
        <translation>Certaines des cellules collées dépassent de la table et ont été ignorées.</translation>
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
    <name>DataPanel</name>
    <message>
        <source>Changes are being saved. Wait for that, or stop it first.</source>
        <translation>Des modifications sont en cours d’enregistrement. Attendez la fin, ou arrêtez-le d’abord.</translation>
    </message>
    <message>
        <source>Unsaved changes</source>
        <translation>Modifications non enregistrées</translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) with changes that were not saved will be lost.</source>
        <translation>
            <numerusform>%n ligne aux modifications non enregistrées sera perdue.</numerusform>
            <numerusform>%n lignes aux modifications non enregistrées seront perdues.</numerusform>
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
    <name>EmptyOffer</name>
    <message>
        <source>New row</source>
        <translation>Nouvelle ligne</translation>
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
    <name>FoundList</name>
    <message>
        <source>Rows found</source>
        <translation>Lignes trouvées</translation>
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
        <source>There are only %n row(s).</source>
        <translation>
            <numerusform>Il n’y a que %n ligne.</numerusform>
            <numerusform>Il n’y a que %n lignes.</numerusform>
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
    <name>IntervalEditor</name>
    <message>
        <source>For example: 1 day 02:30:00, 3 mons, -15 minutes, P1DT2H</source>
        <translation>Par exemple&#xa0;: 1 day 02:30:00, 3 mons, -15 minutes, P1DT2H</translation>
    </message>
</context>
<context>
    <name>JsonEditor</name>
    <message>
        <source>Format</source>
        <translation>Mettre en forme</translation>
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
    <name>LineEditor</name>
    <message numerus="yes">
        <source>At most %n character(s)</source>
        <translation>
            <numerusform>Au plus %n caractère</numerusform>
            <numerusform>Au plus %n caractères</numerusform>
        </translation>
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
        <source>%n row(s) gone</source>
        <translation>
            <numerusform>%n ligne disparue</numerusform>
            <numerusform>%n lignes disparues</numerusform>
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
        <source>Every %n minute(s)</source>
        <translation>
            <numerusform>%n minute</numerusform>
            <numerusform>%n minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Every %n second(s)</source>
        <translation>
            <numerusform>%n seconde</numerusform>
            <numerusform>%n secondes</numerusform>
        </translation>
    </message>
    <message>
        <source>Live: off</source>
        <translation>Direct&#xa0;: non</translation>
    </message>
    <message>
        <source>Live: {seconds} s</source>
        <translation>Direct&#xa0;: {seconds} s</translation>
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
        <source>%n character(s)</source>
        <translation>
            <numerusform>%n caractère</numerusform>
            <numerusform>%n caractères</numerusform>
        </translation>
    </message>
    <message>
        <source>Set empty text</source>
        <translation>Mettre un texte vide</translation>
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
</context>
<context>
    <name>NoticeStrip</name>
    <message numerus="yes">
        <source>%n more</source>
        <comment>further notices</comment>
        <translation>
            <numerusform>%n autre</numerusform>
            <numerusform>%n autres</numerusform>
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
        <source>%n row(s) will be written in one transaction, or none.</source>
        <translation>
            <numerusform>%n ligne sera écrite en une seule transaction, ou ne le sera pas.</numerusform>
            <numerusform>%n lignes seront écrites en une seule transaction, ou aucune.</numerusform>
        </translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message numerus="yes">
        <source>Save %n row(s)</source>
        <translation>
            <numerusform>Enregistrer %n ligne</numerusform>
            <numerusform>Enregistrer %n lignes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Save %n row(s) to production</source>
        <translation>
            <numerusform>Enregistrer %n ligne en production</numerusform>
            <numerusform>Enregistrer %n lignes en production</numerusform>
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
    <name>RowBoard</name>
    <message>
        <source>Rows of {relation}</source>
        <translation>Lignes de {relation}</translation>
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
        <source>%n row(s)</source>
        <translation>
            <numerusform>%n ligne</numerusform>
            <numerusform>%n lignes</numerusform>
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
    <message numerus="yes">
        <source>%n column(s) of {wanted} stay in place: there is no room for more.</source>
        <translation>
            <numerusform>%n colonne sur {wanted} reste figée&#xa0;: il n’y a pas la place pour plus.</numerusform>
            <numerusform>%n colonnes sur {wanted} restent figées&#xa0;: il n’y a pas la place pour plus.</numerusform>
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
        <source>%n cell(s) selected</source>
        <translation>
            <numerusform>%n cellule sélectionnée</numerusform>
            <numerusform>%n cellules sélectionnées</numerusform>
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
    <name>Stager</name>
    <message>
        <source>Reading whole values</source>
        <translation>Lecture des valeurs entières</translation>
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
</context>
<context>
    <name>Studio</name>
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
        <source>Saved connections</source>
        <translation>Connexions enregistrées</translation>
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
    <message>
        <source>New row</source>
        <translation>Nouvelle ligne</translation>
    </message>
    <message>
        <source>Row {number}</source>
        <translation>Ligne {number}</translation>
    </message>
    <message>
        <source>Delete rows in production</source>
        <translation>Supprimer des lignes en production</translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) of {table} will be deleted.</source>
        <translation>
            <numerusform>%n ligne de {table} sera supprimée.</numerusform>
            <numerusform>%n lignes de {table} seront supprimées.</numerusform>
        </translation>
    </message>
    <message>
        <source>Delete and save</source>
        <translation>Supprimer et enregistrer</translation>
    </message>
    <message>
        <source>Saving {table}</source>
        <translation>Enregistrement de {table}</translation>
    </message>
    <message numerus="yes">
        <source>Saved %n row(s)</source>
        <translation>
            <numerusform>%n ligne enregistrée</numerusform>
            <numerusform>%n lignes enregistrées</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TaskChip</name>
    <message numerus="yes">
        <source>and %n more</source>
        <comment>further running tasks</comment>
        <translation>
            <numerusform>et %n autre</numerusform>
            <numerusform>et %n autres</numerusform>
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
    <name>TimeEditor</name>
    <message>
        <source>Now</source>
        <translation>Maintenant</translation>
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
</context>
<context>
    <name>Totalling</name>
    <message>
        <source>Adding up {relation}</source>
        <translation>Calcul des totaux de {relation}</translation>
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
        <source>Progress</source>
        <translation>Avancement</translation>
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
        <source>Saved connections</source>
        <translation>Connexions enregistrées</translation>
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
        <source>D&amp;isconnect</source>
        <translation>Se &amp;déconnecter</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Quitter</translation>
    </message>
    <message>
        <source>&amp;Light or dark</source>
        <translation>&amp;Clair ou sombre</translation>
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
        <translation>Le serveur abandonne après {seconds} s.</translation>
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
        <translation>Le mot de passe contient / ? # ou @, qui doivent être encodés en pourcent.</translation>
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
        <source>“{file}” can&apos;t be read</source>
        <translation>«&#xa0;{file}&#xa0;» ne peut pas être lu</translation>
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
        <translation>Elles dépassent {most} Mo. Sélectionnez moins de lignes.</translation>
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
        <source>Nothing was changed.</source>
        <translation>Rien n’a été modifié.</translation>
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
        <source>The migrations failed</source>
        <translation>Les migrations ont échoué</translation>
    </message>
    <message>
        <source>Nothing was changed: they run together or not at all.</source>
        <translation>Rien n’a été modifié&#xa0;: elles s’exécutent toutes ou pas du tout.</translation>
    </message>
    <message>
        <source>The migrations were not found</source>
        <translation>Les migrations sont introuvables</translation>
    </message>
    <message>
        <source>This installation of Nexus Studio is incomplete.</source>
        <translation>Cette installation de Nexus Studio est incomplète.</translation>
    </message>
    <message>
        <source>Prisma manages this database&apos;s migrations</source>
        <translation>Prisma gère les migrations de cette base</translation>
    </message>
    <message>
        <source>Apply them with Prisma.</source>
        <translation>Appliquez-les avec Prisma.</translation>
    </message>
    <message>
        <source>No migrations are recorded in this database</source>
        <translation>Aucune migration n’est consignée dans cette base</translation>
    </message>
    <message>
        <source>It has tables that these migrations did not make.</source>
        <translation>Elle contient des tables que ces migrations n’ont pas créées.</translation>
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
        <source>Seeds don&apos;t run here</source>
        <translation>Les données initiales ne s’insèrent pas ici</translation>
    </message>
    <message>
        <source>This connection is marked “{environment}”, where seeding is switched off.</source>
        <translation>Cette connexion est marquée «&#xa0;{environment}&#xa0;»&#xa0;; l’insertion de données initiales y est désactivée.</translation>
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
        <source>Open the row it points to	Ctrl+Return</source>
        <translation>Ouvrir la ligne référencée	Ctrl+Entrée</translation>
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
    <name>locks</name>
    <message>
        <source>This connection is read-only.</source>
        <translation>Cette connexion est en lecture seule.</translation>
    </message>
    <message>
        <source>PostgreSQL can&apos;t write through this view.</source>
        <translation>PostgreSQL ne peut pas écrire à travers cette vue.</translation>
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
        <source>This row is going to be deleted. Undo that first.</source>
        <translation>Cette ligne va être supprimée. Annulez d’abord sa suppression.</translation>
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
        <source>Data</source>
        <translation>Données</translation>
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
        <source>Applying migrations</source>
        <translation>Application des migrations</translation>
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
        <source>Writing rows</source>
        <translation>Écriture des lignes</translation>
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
        <source>Allow writing…</source>
        <translation>Autoriser l’écriture…</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Copier les détails</translation>
    </message>
</context>
<context>
    <name>wording</name>
    <message>
        <source>{label}: {words}</source>
        <translation>{label}&#xa0;: {words}</translation>
    </message>
</context>
</TS>
