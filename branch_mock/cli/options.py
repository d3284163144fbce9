"""What is said of options that several commands have."""

ENV = "Each option can be set as BRANCH_MOCK_OPTION in the environment too."
ROWS_HELP = (
    "Rows invented for each day of an export: LINKS,CLICKS,EVENTS, or a number of events alone; "
    "0 exports only what was recorded.  [default: 20,50,100]"
)
CA_DIR_HELP = (
    "Folder of the authority that certifies Branch's hosts.  [default: the user's own state folder]"
)
