/// What no rule of the search looks for, a sentence each: a measured recall does not speak of it.
package let searchLimitations = [
    "A person who is only described, without a name, number, address or other identifier.",
    "Misspelt names, and nicknames that are not on the list of nicknames.",
    "Dates and names in languages whose months and letters the rules do not know.",
    "Metadata of records other than values, thread, document and version_of.",
    "Files that are registered in no training corpus: Parquet files, images, sound, attachments.",
]
