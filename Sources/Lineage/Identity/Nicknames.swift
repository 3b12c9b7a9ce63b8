/// Short and pet forms of given names, compiled by hand.
///
/// A line gives full names, a colon, and their short forms: each full name may stand for each
/// short form and back, and short forms for each other, but not one full name for another. A line
/// without a colon gives spellings of one name.
package enum Nicknames {
    private static let sets = """
        robert roberto rupert: rob bob bobby robbie bert
        william wilhelm willem guillaume guillermo: will bill billy willy liam
        richard ricardo riccardo: rick dick ricky richie rich
        james: jim jimmy jamie jem
        john johann johannes jean juan giovanni ivan jan: jack johnny jon hans hannes
        jonathan: jon jonny
        jonathan johnathan jonathon
        joseph josef jose giuseppe: joe joey jo pepe sepp beppe
        michael michel miguel michele mikhail michail: mike mick mickey mikey micha michi misha
        thomas tomas tommaso: tom tommy
        charles karl carl carlos carlo: charlie chuck chas
        david davide: dave davey
        edward eduard eduardo edoardo edmund edwin edgar: ed eddie ted teddy ned
        daniel daniele: dan danny dani
        matthew matteo mateo mathieu: matt matty
        matthias mathias: matze hias matt
        matthias mathias
        christopher christoph cristobal: chris kit topher
        christian cristian: chris
        christopher kristopher cristopher
        andrew andreas andre andrea andres andrei: andy drew
        anthony anton antonio antoine: tony ant toni
        nicholas nikolaus nicolas nicola nikolai: nick nicky nico niklas klaus claus kolya
        nicholas nicolas nikolas
        alexander alexandre alessandro alejandro aleksandr: alex sandy xander sascha sasha lex
        alexandra alessandra aleksandra: alex sandra sandy sasha alexa lexi
        benjamin: ben benny benji
        samuel samantha: sam sammy
        stephen stefan stefano esteban etienne: steve stevie
        stephen steven stephan stefan
        peter pieter pierre pedro pietro: pete pit
        patrick patricio: pat paddy
        patricia: pat patty trish tricia patsy
        timothy: tim timmy
        gregory gregor: greg gregg
        george georg jorge georges giorgio: georgie schorsch
        henry heinrich henri enrique enrico hendrik: harry hank hal heinz
        harold: harry hal
        frederick friedrich federico frederik: fred freddy freddie fritz
        francis franz francisco francesco francois: frank frankie paco pancho
        franklin: frank
        ferdinand fernando: ferdi nando
        lawrence lorenz lorenzo laurent: larry lars
        lawrence laurence
        leonard leonhard leonardo leopold: leo lenny len poldi
        louis ludwig luis luigi: lou louie lutz
        louis lewis
        raymond raimund ramon: ray
        ronald: ron ronnie
        donald: don donnie
        kenneth: ken kenny
        gerald: gerry jerry
        gerhard: gerd gert hardy
        jeffrey geoffrey: jeff geoff
        jeffrey geoffrey jeffery
        philip philipp felipe filippo philippe: phil pip
        philip phillip philipp
        theodore theodor: ted teddy theo
        walter walther: walt wally
        zachary: zach zack zak
        joshua: josh
        jacob jakob jacques jacopo: jake jaap
        jacob jakob
        nathaniel nathan: nate nat
        vincent vincenzo vicente: vince vinny
        victor viktor vittorio: vic
        albert alberto albrecht alfred alfredo: al bert bertie alf
        arthur arturo: art artie
        eugene eugen: gene
        martin martino: marty
        maximilian maximiliano maxwell: max maxi
        dominic dominik domenico: dom nick
        gabriel gabriele: gabe gabi
        sebastian: seb basti bastian seba
        tobias: toby tobi
        wolfgang: wolf wolfi
        dietrich: dieter dirk
        joachim: jochen achim
        bernard bernhard bernardo: bernie bernd
        manfred: manni fred
        siegfried: sigi
        rudolf rudolph: rudi rudy rolf
        rudolf rudolph
        ulrich: uli ulli
        ulrike: uli rike
        elizabeth elisabeth: liz beth lizzie betty eliza lisa elise libby bess lisbeth sissi
        elizabeth elisabeth elisabetta
        isabella isabel isabelle: bella izzy
        katherine catherine katharina caterina catalina: kate kathy katie cathy kit kitty kathi katja cat
        katherine catherine kathryn katharine
        ekaterina yekaterina: katya
        kathleen: kathy kate katie
        margaret margarete margarita marguerite margherita: maggie meg peggy marge margie greta rita grete gretchen daisy
        mary maria marie: molly polly mimi
        marianne: mari anne
        anna anne ann: annie nan nancy anja anita
        ann anne
        susan susanne suzanne susanna: sue susie suzy
        jennifer: jen jenny
        jessica: jess jessie
        rebecca rebekka: becky becca
        rebecca rebekka rebekah
        deborah: deb debbie
        deborah debra
        barbara: barb barbie babs babette
        victoria viktoria: vicky tori vic
        veronica veronika: ronnie vero
        theresa teresa therese: terry tess tessa resi
        christina christine kristina cristina: chris tina christa
        christina kristina cristina
        christine kristine
        stephanie stefanie stefania: steph steffi
        stephanie stefanie
        nicole: nicky nikki nico
        jacqueline: jackie jacky
        caroline karoline carolina: carol carrie lina
        carolyn: carol
        charlotte carlotta: charlie lottie lotte
        dorothy dorothea dorothee: dot dottie dolly dora thea
        eleanor eleonore leonora: ellie nell nora
        helen helena helene elena: nell nellie lena ellen
        emily emilia emilie: em emmy milly
        frances franziska francesca francisca: fran frannie franzi
        gabrielle gabriele gabriela: gabby gabi
        josephine josefine giuseppina josefa: jo josie fifi pina
        judith: judy jutta
        julia julie giulia: jule
        kimberly: kim
        laura: laurie lori
        madeleine magdalena madeline: maddie lena leni
        melissa: mel missy
        michelle michele: shelly
        michaela: micha michi
        pamela: pam
        penelope: penny
        sarah sara
        sophia sofia sophie
        valerie: val
        virginia: ginny
        abigail: abby gail
        amanda: mandy
        angela angelika angelica: angie geli
        antonia: toni tonia
        brigitte brigitta: gitte biggi
        cynthia: cindy
        evelyn: eve evie evi
        florence: flo florrie
        gertrude gertrud: trudy trude
        harriet henriette: hattie etta
        jane johanna joanna: janie jenny hanna hanne jo
        lillian liliane: lily lil
        louise luise luisa: lou lulu
        lucille lucia lucie: lucy
        martha marta: marty patty
        mathilde matilda: tilda tilly hilde
        monica monika: mona moni
        regina: gina
        reginald: reg reggie rex
        rosemary rosemarie: rose rosie
        sabine: bine
        sigrid: siggi
        waltraud: traudl traudi
        oliver olivier: ollie olli
        olivia: liv livia
        russell: russ rusty
        roger: rodge
        rudiger ruediger: rudi
        stanley: stan
        terence: terry
        vladimir: vova volodya
        dmitri dmitry dmitriy: dima
        alexei aleksei alexey aleksey: alyosha
        sergei sergey: seryozha
        yevgeny evgeny yevgeniy: zhenya
        natalia natalya natalie: natasha
        tatiana tatyana: tanya
        mohammed muhammad mohamed mohammad
        ahmed ahmad ahmet
        yusuf youssef yousef
        """

    private static let byName: [String: [String]] = {
        var table: [String: [String]] = [:]
        func add(_ names: [String], for name: String) {
            for other in names where other != name && table[name]?.contains(other) != true {
                table[name, default: []].append(other)
            }
        }
        for line in sets.split(separator: "\n") {
            let sides = line.split(separator: ":").map { $0.split(separator: " ").map(String.init) }
            guard let full = sides.first else { continue }
            let short = sides.count > 1 ? sides[1] : full
            for name in full { add(short, for: name) }
            for name in short where sides.count > 1 { add(full + short, for: name) }
        }
        return table
    }()

    /// Other names for a folded given name, in the order of the table.
    package static func alternatives(_ name: String) -> [String] { byName[name] ?? [] }
}
