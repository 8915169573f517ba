// How amounts are written.

const pounds = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' })

/** `£1,234.50` */
export const money = (pence: number): string => pounds.format(pence / 100)

/** `1 piece`, `2 pieces` */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
