"""What the invented residents of the demonstration write; no real person, street or fact."""

PROBLEMS: dict[str, tuple[str, ...]] = {
    "pothole": (
        "Trou profond au milieu de la chaussée, une roue de vélo y passe entièrement.",
        "L’enrobé s’est affaissé devant le passage piéton, l’eau y stagne après la pluie.",
        "Pavés descellés sur le trottoir, une personne âgée a trébuché ce matin.",
        "Nid-de-poule à la sortie du rond-point, les voitures font un écart dangereux.",
        "Bordure de trottoir cassée, impossible de passer avec une poussette.",
    ),
    "street-furniture": (
        "Le banc a une latte arrachée, des vis dépassent.",
        "Potelet plié, il empêche de passer en fauteuil roulant.",
        "Le panneau de rue est tombé, il est posé contre le mur.",
        "Arceau à vélos descellé, il bascule quand on y attache son vélo.",
    ),
    "street-light": (
        "Lampadaire éteint depuis une semaine, le passage piéton est dans le noir.",
        "Trois lampadaires de suite ne s’allument plus.",
        "Le lampadaire clignote toute la nuit devant les chambres.",
        "L’éclairage reste allumé en plein jour.",
        "Le globe est cassé, des morceaux menacent de tomber.",
    ),
    "traffic-light": (
        "Le feu reste au rouge plus de cinq minutes, les gens finissent par passer.",
        "Bouton piéton cassé, le petit bonhomme ne passe jamais au vert.",
        "Le signal sonore pour les personnes aveugles ne fonctionne plus.",
    ),
    "illegal-dumping": (
        "Matelas et canapé déposés à côté du point de collecte.",
        "Une dizaine de sacs de gravats au bord du chemin.",
        "Dépôt de pneus derrière l’abribus, il grossit chaque jour.",
        "Frigo abandonné sur le trottoir, la porte est restée dessus.",
    ),
    "full-bin": (
        "La corbeille du square déborde, les corneilles étalent tout.",
        "Point d’apport volontaire plein, les gens laissent les cartons par terre.",
        "Conteneur à verre plein depuis samedi.",
    ),
    "litter": (
        "Verre brisé sur l’aire de jeux.",
        "Tags sur le mur de l’école.",
        "Déjections canines sur toute la longueur du trottoir.",
        "Feuilles mortes glissantes dans la descente piétonne.",
    ),
    "green-space": (
        "Grosse branche cassée suspendue au-dessus du banc.",
        "La haie déborde sur le trottoir, il faut descendre sur la route.",
        "Un arbre penche depuis la tempête.",
        "La balançoire grince et une chaîne est usée.",
    ),
    "water-leak": (
        "De l’eau sort de la chaussée sans arrêt depuis hier.",
        "Avaloir bouché, la rue est inondée dès qu’il pleut.",
        "Plaque d’égout qui claque à chaque passage de voiture.",
    ),
    "parking": (
        "Voiture sans roues sur la même place depuis deux mois.",
        "Camionnette garée sur la piste cyclable tous les matins.",
        "La place réservée aux personnes handicapées est occupée en permanence.",
    ),
    "noise": (
        "Chantier qui commence avant six heures du matin.",
        "La ventilation de la salle polyvalente gêne tout l’immeuble la nuit.",
    ),
    "other": (
        "Un nid de frelons dans l’abri du parc.",
        "L’horloge de la place retarde d’une heure.",
    ),
}

STREETS = (
    "rue des Tilleuls",
    "rue du Vieux Lavoir",
    "avenue des Érables",
    "place du Marché-aux-Herbes",
    "impasse des Mésanges",
    "rue de la Fontaine claire",
    "boulevard des Grands Prés",
    "chemin des Vergers",
    "allée des Peupliers",
    "rue du Four à pain",
)
"""Invented, or so common that they name no place."""

FIRST_NAMES = (
    "Camille",
    "Inès",
    "Mathis",
    "Yasmine",
    "Gabriel",
    "Odile",
    "Sekou",
    "Rose",
    "Thibault",
    "Mai",
    "Hugo",
    "Bernadette",
)
LAST_NAMES = ("Exemple", "Fictif", "Modèle", "Inventé", "Témoin", "Démo")

ACCEPTED = ("", "", "Une équipe passera dans les prochains jours.", "Nous avons prévenu l’équipe du secteur.")
DONE = ("Réparé ce matin.", "L’équipe est passée, c’est remis en état.", "Nettoyé et évacué.", "Pièce remplacée.", "")
NOTES = (
    "Déjà vu lors de la tournée de lundi.",
    "Demander une photo plus large si possible.",
    "Même endroit que l’an dernier.",
)
ADDITIONS = ("C’est encore pire depuis la pluie de cette nuit.", "Le problème est côté numéros pairs.")
RETURNED = "Accès fermé par une grille, il faut la clé du gardien."
PUBLIC_NOTES = ("Travaux prévus la semaine prochaine.", "Pièce commandée.")
