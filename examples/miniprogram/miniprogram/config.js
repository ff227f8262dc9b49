module.exports = {
  /** Id of your CloudBase environment. 云开发环境 ID。 */
  env: 'your-env-id',
  /** A model of your gateway. 网关中的一个模型。 */
  model: 'glm-4.5',
  /** Only for devices without wx.cloud.callHTTPFunction: the gateway's address, which must be in the request domains.
   *  仅供没有 wx.cloud.callHTTPFunction 的设备：网关地址，须加入 request 合法域名。 */
  url: ''
}
