"""How callers put things, by type and language; `{...}` is filled per event.

`{street}` and `{mark}` are the event's street and landmark, `{detail}` something only
callers of this very event would say (a colour, a floor, a kind of vehicle).
"""

# type: (how often per 100 events, callers beyond the first on average,
#        details of the event by language, phrases by language)
PHRASES: dict[str, tuple[float, float, dict[str, list[str]], dict[str, list[str]]]] = {
    "structure-fire": (
        6, 3.0,
        {
            "en": ["third floor", "kitchen", "a restaurant", "old warehouse", "top floor", "yellow house"],
            "es": ["tercer piso", "la cocina", "un restaurante", "bodega vieja", "último piso", "casa amarilla"],
            "zh": ["三楼", "厨房", "一家饭店", "旧仓库", "顶楼", "黄色的房子"],
        },
        {
            "en": ["there is a fire, {detail}, near {mark}", "house on fire on {street}", "flames coming out of the {detail}", "big smoke and fire at {street}, {detail}", "building burning next to {mark}"],
            "es": ["hay un incendio en {street}, {detail}", "se quema una casa cerca de {mark}", "salen llamas, {detail}", "mucho humo y fuego en {street}"],
            "zh": ["{street}着火了,{detail}", "{mark}旁边房子起火,快来", "{detail}冒火了,烟很大", "失火了,在{street}{mark}附近"],
        },
    ),
    "smoke": (
        4, 1.0,
        {"en": ["from a window", "in the stairwell", "burning plastic"], "es": ["por una ventana", "en la escalera", "olor a plástico"], "zh": ["从窗户", "楼道里", "塑料烧焦味"]},
        {
            "en": ["smoke {detail} on {street}", "I smell burning, {detail}, near {mark}"],
            "es": ["sale humo {detail} en {street}", "hay olor a quemado cerca de {mark}, {detail}"],
            "zh": ["{street}有烟,{detail}", "{mark}附近有焦糊味,{detail}"],
        },
    ),
    "collision-injury": (
        11, 2.5,
        {
            "en": ["a red car and a motorcycle", "two cars", "a bus", "a cyclist hit", "white van overturned", "pedestrian at the crossing"],
            "es": ["un auto rojo y una moto", "dos autos", "un bus", "atropellaron a un ciclista", "furgón blanco volcado", "peatón en el cruce"],
            "zh": ["红色轿车撞了摩托车", "两辆车相撞", "公交车", "骑车的被撞", "白色面包车翻了", "斑马线上撞了人"],
        },
        {
            "en": ["car crash on {street}, {detail}, people hurt", "accident near {mark}, {detail}", "somebody is bleeding, {detail}", "bad accident, {detail}, send an ambulance to {street}"],
            "es": ["choque en {street}, {detail}, hay heridos", "accidente cerca de {mark}, {detail}", "hay alguien sangrando, {detail}"],
            "zh": ["{street}出车祸了,{detail},有人受伤", "{mark}附近发生事故,{detail}", "撞车了,{detail},有人流血"],
        },
    ),
    "collision-damage": (
        9, 0.5,
        {"en": ["a taxi and a van", "grey sedan", "a delivery bike"], "es": ["un taxi y una camioneta", "sedán gris", "moto de reparto"], "zh": ["出租车和面包车", "灰色轿车", "外卖电动车"]},
        {
            "en": ["small accident on {street}, {detail}, nobody hurt", "{detail} bumped into me near {mark}"],
            "es": ["choque leve en {street}, {detail}, sin heridos", "me chocó {detail} cerca de {mark}"],
            "zh": ["{street}剐蹭了,{detail},没人受伤", "{mark}附近追尾,{detail}"],
        },
    ),
    "fight": (
        9, 1.5,
        {"en": ["five drunk men", "outside a bar", "teenagers", "two women"], "es": ["cinco borrachos", "afuera de un bar", "adolescentes", "dos mujeres"], "zh": ["五个喝醉的", "酒吧门口", "一群年轻人", "两个女的"]},
        {
            "en": ["people fighting, {detail}, {street}", "a fight near {mark}, {detail}", "they are hitting each other, {detail}"],
            "es": ["hay una pelea, {detail}, en {street}", "se están pegando cerca de {mark}, {detail}"],
            "zh": ["{street}有人打架,{detail}", "{mark}那里打起来了,{detail}"],
        },
    ),
    "weapon-attack": (
        2, 3.0,
        {"en": ["black jacket", "a long knife", "tall man with a cap"], "es": ["chaqueta negra", "un cuchillo largo", "hombre alto con gorra"], "zh": ["穿黑夹克", "拿长刀", "高个子戴帽子"]},
        {
            "en": ["man with a knife on {street}, {detail}", "somebody was stabbed near {mark}, {detail}"],
            "es": ["un hombre con cuchillo en {street}, {detail}", "apuñalaron a alguien cerca de {mark}, {detail}"],
            "zh": ["{street}有人持刀,{detail}", "{mark}附近有人被捅,{detail}"],
        },
    ),
    "robbery": (
        4, 0.7,
        {"en": ["took my phone", "two on a motorcycle", "my handbag"], "es": ["me quitaron el celular", "dos en moto", "mi cartera"], "zh": ["抢了手机", "两个骑摩托的", "抢了包"]},
        {
            "en": ["I was robbed on {street}, {detail}", "robbery near {mark}, {detail}"],
            "es": ["me asaltaron en {street}, {detail}", "asalto cerca de {mark}, {detail}"],
            "zh": ["我在{street}被抢了,{detail}", "{mark}附近有人抢劫,{detail}"],
        },
    ),
    "theft": (
        10, 0.1,
        {"en": ["my bicycle", "wallet on the bus", "a shoplifter"], "es": ["mi bicicleta", "la billetera en el bus", "un ladrón en la tienda"], "zh": ["自行车", "公交车上钱包", "店里小偷"]},
        {"en": ["{detail} stolen, {street}", "theft at {mark}: {detail}"], "es": ["robaron {detail} en {street}", "hurto en {mark}: {detail}"], "zh": ["{street}{detail}被偷", "{mark}被盗,{detail}"]},
    ),
    "domestic-violence": (
        6, 0.8,
        {"en": ["flat 402", "children crying", "a woman screaming"], "es": ["departamento 402", "niños llorando", "una mujer gritando"], "zh": ["402室", "孩子在哭", "女人在喊"]},
        {"en": ["neighbours fighting, {detail}, {street}", "he is beating her, {detail}"], "es": ["los vecinos pelean, {detail}, {street}", "le está pegando, {detail}"], "zh": ["{street}邻居家暴,{detail}", "他在打她,{detail}"]},
    ),
    "noise": (
        8, 1.0,
        {"en": ["a party", "loud music", "building site"], "es": ["una fiesta", "música fuerte", "una obra"], "zh": ["聚会", "音乐很大声", "工地施工"]},
        {"en": ["noise from {detail} on {street}", "{detail} near {mark}, cannot sleep"], "es": ["ruido, {detail}, en {street}", "{detail} cerca de {mark}, no se puede dormir"], "zh": ["{street}{detail}扰民", "{mark}旁{detail},没法睡觉"]},
    ),
    "unconscious": (
        8, 1.0,
        {"en": ["an old man", "a young woman", "man in a blue shirt"], "es": ["un anciano", "una mujer joven", "hombre de camisa azul"], "zh": ["一个老人", "一个年轻女子", "穿蓝衬衫的男子"]},
        {"en": ["{detail} collapsed on {street}", "{detail} lying on the ground near {mark}, not moving"], "es": ["{detail} se desmayó en {street}", "{detail} tirado en el suelo cerca de {mark}"], "zh": ["{street}{detail}晕倒了", "{mark}附近{detail}躺在地上不动"]},
    ),
    "chest-pain": (
        6, 0.1,
        {"en": ["my father, 63", "a woman, 50"], "es": ["mi padre, 63", "una mujer, 50"], "zh": ["我爸爸63岁", "女的50岁"]},
        {"en": ["chest pain, {detail}, {street}"], "es": ["dolor de pecho, {detail}, {street}"], "zh": ["胸口疼,{detail},{street}"]},
    ),
    "road-obstruction": (
        5, 1.8,
        {"en": ["a fallen tree", "a lorry broken down", "traffic lights out"], "es": ["un árbol caído", "un camión en pana", "semáforo apagado"], "zh": ["树倒了", "货车抛锚", "红绿灯坏了"]},
        {"en": ["{detail}, {street} is blocked", "road blocked near {mark}, {detail}"], "es": ["{detail}, {street} cortada", "calle bloqueada cerca de {mark}, {detail}"], "zh": ["{street}堵了,{detail}", "{mark}附近路不通,{detail}"]},
    ),
    "gas-leak": (
        3, 1.8,
        {"en": ["they hit a pipe", "strong smell", "in the basement"], "es": ["rompieron un tubo", "olor fuerte", "en el sótano"], "zh": ["挖断管子", "味道很重", "地下室"]},
        {"en": ["smell of gas on {street}, {detail}", "gas leak near {mark}, {detail}"], "es": ["olor a gas en {street}, {detail}", "fuga de gas cerca de {mark}, {detail}"], "zh": ["{street}煤气味,{detail}", "{mark}附近燃气泄漏,{detail}"]},
    ),
    "water-main": (
        3, 2.0,
        {"en": ["water two metres high", "street under water"], "es": ["el agua sube dos metros", "calle inundada"], "zh": ["水喷两米高", "路上都是水"]},
        {"en": ["burst pipe on {street}, {detail}", "water everywhere near {mark}, {detail}"], "es": ["cañería rota en {street}, {detail}", "agua por todos lados cerca de {mark}, {detail}"], "zh": ["{street}水管爆了,{detail}", "{mark}附近漏水,{detail}"]},
    ),
    "person-overboard": (
        2, 2.0,
        {"en": ["a swimmer waving", "a child on a float"], "es": ["un bañista pide ayuda", "un niño en un flotador"], "zh": ["游泳的人在挥手", "小孩在游泳圈上"]},
        {"en": ["{detail}, drifting out near {mark}", "somebody in the sea off {street}, {detail}"], "es": ["{detail}, se lo lleva la corriente cerca de {mark}", "alguien en el mar frente a {street}, {detail}"], "zh": ["{mark}那边海里{detail}漂远了", "{street}外海里有人,{detail}"]},
    ),
    "missing-person": (
        4, 0.4,
        {"en": ["a boy of six, green shirt", "my grandmother, confused"], "es": ["un niño de seis, polera verde", "mi abuela, desorientada"], "zh": ["六岁男孩穿绿衣服", "奶奶有老年痴呆"]},
        {"en": ["missing: {detail}, last seen at {mark}", "we cannot find {detail}, {street}"], "es": ["se perdió {detail}, visto en {mark}", "no encontramos a {detail}, {street}"], "zh": ["走丢了,{detail},最后在{mark}", "找不到{detail},{street}"]},
    ),
}  # fmt: skip

STREETS = {
    "en": ["Harbour Street", "Mill Road", "Station Avenue", "Castle Lane", "Bridge Street", "Market Row", "Orchard Way", "College Road", "Quay Street", "North Parade", "Chapel Lane", "Garden Street", "Victoria Road", "Foundry Street", "Sea View", "Long Acre"],
    "es": ["Calle Puerto", "Camino del Molino", "Avenida Estación", "Calle Castillo", "Calle Puente", "Calle Mercado", "Calle Huerto", "Avenida Colegio", "Calle Muelle", "Paseo Norte", "Calle Capilla", "Calle Jardín", "Avenida Victoria", "Calle Fundición", "Vista al Mar", "Calle Larga"],
    "zh": ["港口街", "磨坊路", "车站大道", "城堡巷", "桥头街", "市场街", "果园路", "学院路", "码头街", "北大街", "教堂巷", "花园街", "胜利路", "铸造厂街", "海景路", "长巷"],
}  # fmt: skip
MARKS = {
    "en": ["the central bank", "the school", "the market hall", "the petrol station", "the pharmacy", "the church", "the hospital gate", "the cinema", "bus stop 14", "the supermarket"],
    "es": ["el banco central", "la escuela", "el mercado", "la bencinera", "la farmacia", "la iglesia", "la puerta del hospital", "el cine", "el paradero 14", "el supermercado"],
    "zh": ["中央银行", "学校", "菜市场", "加油站", "药店", "教堂", "医院门口", "电影院", "14路车站", "超市"],
}  # fmt: skip

# What a call taker takes an event for when it is not what it is.
CONFUSED = {
    "structure-fire": ["smoke", "fire-alarm", "explosion", "rubbish-fire"],
    "smoke": ["structure-fire", "rubbish-fire", "fire-alarm"],
    "collision-injury": ["collision-damage", "injury", "unconscious", "hit-and-run"],
    "collision-damage": ["collision-injury", "road-obstruction"],
    "fight": ["assault", "noise", "neighbour-dispute", "weapon-attack"],
    "weapon-attack": ["assault", "fight", "injury", "suspicious-person"],
    "robbery": ["theft", "assault"],
    "theft": ["robbery", "lost-property"],
    "domestic-violence": ["neighbour-dispute", "noise", "assault"],
    "noise": ["neighbour-dispute", "fight"],
    "unconscious": ["cardiac-arrest", "sick-person", "injury"],
    "chest-pain": ["breathing-difficulty", "sick-person"],
    "road-obstruction": ["collision-damage", "power-hazard"],
    "gas-leak": ["smoke", "explosion"],
    "water-main": ["flood", "road-hazard"],
    "person-overboard": ["water-rescue"],
    "missing-person": ["found-person"],
}
